rf("search","site",{"v":1,"chunk":8,"parts":[{"id":"first","n":2,"w":[["0.1","a5be6339bb"]],"t":["ac252b0f57"]},{"id":"things","n":1,"w":[["digits","346079fc30"]],"t":["07ff73403d"]}]});
