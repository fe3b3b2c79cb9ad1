rf("search","site",{"v":1,"chunk":8,"parts":[{"id":"killed","n":3,"t":["d4e733b4b2"],"w":[["digits","3d437c143d"]]},{"id":"things","n":3,"t":["38be56450a"],"w":[["digits","5a21036cfc"]]}]});
