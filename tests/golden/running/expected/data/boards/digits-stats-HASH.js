rf("stats","digits",{"v":1,"cols":{"m:loss":{"max":[3,3,3]}}});
