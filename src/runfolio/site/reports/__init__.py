"""Reports: Markdown pages whose blocks ask the store.

settings   the YAML of front matter and blocks, read strictly, with the line of each key
front      what stands above a page: title, date, authors …
blocks     the blocks of a text, and the words that stand for them
answers    SQL of a page, answered by the sandbox; cells of its table
charts     Vega-Lite specs: checked, dressed in the site's colours, drawn as still pictures
desk       what a block may ask, and one maker for each kind of block
"""
