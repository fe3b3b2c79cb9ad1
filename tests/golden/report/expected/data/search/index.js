rf("search","site",{"v":1,"chunk":8,"parts":[{"id":"methods-base-a-0","n":8,"t":["a063694924"],"w":[["0","09ae67fb5a"]]},{"id":"things","n":5,"t":["8ad0853b84"],"w":[["0","cc0e788d55"]]}]});
