rf("index","site",{"v":1,"metric":null,"runs":[],"boards":[],"pages":[]});
