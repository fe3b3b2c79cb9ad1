rf("vega","report-7",{"spec":});
