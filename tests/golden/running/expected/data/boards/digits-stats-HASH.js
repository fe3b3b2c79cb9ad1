rf("stats","digits",{"v":1,"cols":{"m:loss":{"max":[3,3,3]}},"by":{"max":{"cols":{"m:loss":{"dec":1}},"said":["",""]}}});
