rf("search","site",{"v":1,"chunk":8,"parts":[{"id":"things","n":0,"t":[],"w":[]}]});
