rf("search","site",{"v":1,"chunk":8,"parts":[{"id":"killed","n":3,"w":[["digits","3d437c143d"]],"t":["d4e733b4b2"]},{"id":"things","n":3,"w":[["digits","5a21036cfc"]],"t":["38be56450a"]}]});
