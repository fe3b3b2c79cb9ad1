rf("search","things digits",["digits","n0-1;i0","experiment","k1","leaderboard","k0","loss","i0,1;n2","metric","k2"]);
