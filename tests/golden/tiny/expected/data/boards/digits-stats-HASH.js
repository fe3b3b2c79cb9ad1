rf("stats","digits",{"v":1,"cols":{"m:val/accuracy":{"last":[null,0.61],"min":[0.4,0.31]},"m:train/loss":{"max":[2.2,2.31]}}});
