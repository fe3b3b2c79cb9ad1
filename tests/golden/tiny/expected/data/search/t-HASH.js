rf("search","things #1",[["dataset","datasets/digits.html","digits","1 run","",{}],["model","models/digits-net.html","digits-net","1 version","",{}]]);
