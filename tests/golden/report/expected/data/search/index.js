rf("search","site",{"v":1,"chunk":8,"parts":[{"id":"search","n":9,"t":["07b78c6953","7bedfe0a38"],"w":[["0","87e42ef57e"]]},{"id":"things","n":7,"t":["2d1f765b88"],"w":[["0","e4642f901e"]]}]});
