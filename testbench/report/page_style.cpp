// SPDX-License-Identifier: Apache-2.0
#include "testbench/report/page_style.h"

#include "testbench/report/svg.h"

namespace pspnic::report {

std::string page_style() {
  // The reader's choice (data-theme) goes before what the system asks for.
  return ":root{color-scheme:light;" + light_colours() + "}\n" +
         "@media(prefers-color-scheme:dark){:root:not([data-theme=light]){color-scheme:dark;" +
         dark_colours() + "}}\n:root[data-theme=dark]{color-scheme:dark;" + dark_colours() + "}\n" +
         chart_style() + R"(
*{box-sizing:border-box}
body{margin:0;background:var(--back);color:var(--ink);font:15px/1.45 system-ui,'DejaVu Sans',sans-serif}
header,main{max-width:980px;margin:0 auto;padding:12px 16px}
header{display:flex;justify-content:space-between;align-items:center;gap:12px;flex-wrap:wrap}
h1{font-size:1.45rem;margin:.2em 0}
h2{font-size:1.05rem;margin:0 0 .3em}
button{background:var(--card);color:var(--ink);border:1px solid var(--grid);border-radius:6px;
  padding:5px 10px}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(150px,1fr));gap:10px;margin-bottom:14px}
.card{background:var(--card);border:1px solid var(--grid);border-radius:8px;padding:10px 12px}
.card b{display:block;font-size:1.25rem}
.card span{display:block}
.card small,.note{color:var(--soft)}
.good{color:var(--good)}.bad{color:var(--bad)}
section{background:var(--card);border:1px solid var(--grid);border-radius:8px;padding:14px;margin:0 0 14px}
p{margin:.3em 0;overflow-wrap:anywhere}
.chart{display:block;width:100%;height:auto}
.narrow{display:none;max-width:420px}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:.9rem}
th,td{text-align:left;padding:3px 14px 3px 0;border-bottom:1px solid var(--grid);white-space:nowrap}
th{color:var(--soft);font-weight:600}
@media(max-width:640px){.wide{display:none}.narrow{display:block}section{padding:10px}}
)";
}

std::string page_script() {
  return R"(
var root=document.documentElement;
var asked=new URLSearchParams(location.search).get('theme');
if(asked)root.dataset.theme=asked;
document.getElementById('theme').onclick=function(){
  var dark=root.dataset.theme?root.dataset.theme==='dark':matchMedia('(prefers-color-scheme:dark)').matches;
  root.dataset.theme=dark?'light':'dark';
};
)";
}

}  // namespace pspnic::report
