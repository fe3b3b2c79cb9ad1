rf("search","search #1",[["run","runs/methods-ours-b-1.html","ours-b-1","methods \u00b7 2026-11-15 15:20","finished",{"p":[["data","b"],["method","ours"],["seed","1"]]}]]);
