rf("search","site",{"v":1,"chunk":8,"parts":[{"id":"first","n":2,"t":["ac252b0f57"],"w":[["0.1","a5be6339bb"]]},{"id":"things","n":1,"t":["07ff73403d"],"w":[["digits","346079fc30"]]}]});
