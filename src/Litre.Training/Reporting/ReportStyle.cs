namespace Litre.Training.Reporting;

/// <summary>The page's style sheet.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #667085; --line: #e4e7ec; --ground: #f6f7f9; --card: #fff; --accent: #0b7a55; --bad: #b42318; --warm: #c2410c; --faint: #b9d8cb; --tint: #e8f5ef; --badtint: #fdeeec; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #2b3240; --ground: #12161d; --card: #1a202a; --accent: #3ccb93; --bad: #f97066; --warm: #fb923c; --faint: #2c5a49; --tint: #15302a; --badtint: #381d1c; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans", "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
        header, main { max-width: 1180px; margin: 0 auto; padding: 0 24px; } header { padding-top: 32px; } main { padding-bottom: 48px; }
        .brand { font-weight: 700; color: var(--accent); } .brand span { color: var(--soft); font-weight: 400; }
        h1 { margin: 4px 0 4px; font-size: 28px; line-height: 1.2; overflow-wrap: anywhere; } h2 { font-size: 19px; margin: 36px 0 12px; } .sub { color: var(--soft); margin: 0 0 16px; overflow-wrap: anywhere; }
        .facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; } .facts div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 8px 16px; min-width: 112px; }
        .facts dt { color: var(--soft); font-size: 12px; } .facts dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .verdict { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--soft); border-radius: 10px; padding: 14px 18px; font-size: 17px; margin: 16px 0; } .verdict.better { border-left-color: var(--accent); } .verdict.worse { border-left-color: var(--bad); }
        .message { background: var(--card); border-left: 3px solid var(--warm); border-radius: 0 8px 8px 0; padding: 8px 14px; margin: 8px 0; overflow-wrap: anywhere; }
        .card, .chart { background: var(--card); border: 1px solid var(--line); border-radius: 12px; } .note { color: var(--soft); font-size: 13px; overflow-wrap: anywhere; } .bad { color: var(--bad); }
        .chart { margin: 0 0 16px; padding: 14px 16px 8px; min-width: 0; } .chart figcaption { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: baseline; margin-bottom: 6px; font-size: 14px; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; } .pair > :only-child { grid-column: 1 / -1; } svg { width: 100%; height: auto; display: block; }
        .tick, .name { font: 12px system-ui, "Segoe UI", Roboto, "Noto Sans", sans-serif; fill: var(--soft); } .grid { stroke: var(--line); } .axis, .mark { stroke: var(--soft); }
        polyline { fill: none; stroke-linejoin: round; stroke-linecap: round; } .key::before { content: ""; display: inline-block; width: 18px; height: 0; border-top: 3px solid; vertical-align: middle; margin-right: 7px; } .key { color: var(--soft); font-size: 13px; }
        polyline.raw { stroke: var(--faint); stroke-width: 1.2; } circle.raw { fill: var(--faint); } .key.raw::before { border-color: var(--faint); }
        polyline.main { stroke: var(--accent); stroke-width: 2.2; } circle.main { fill: var(--accent); } .key.main::before { border-color: var(--accent); }
        polyline.held { stroke: var(--warm); stroke-width: 1.6; stroke-dasharray: 5 4; } circle.held { fill: var(--warm); } .key.held::before { border-color: var(--warm); border-top-style: dashed; }
        .scroll { overflow-x: auto; } table { width: 100%; border-collapse: collapse; font-size: 14px; } th, td { text-align: left; vertical-align: top; padding: 7px 14px; border-bottom: 1px solid var(--line); } tr:last-child > * { border-bottom: 0; } th { color: var(--soft); font-size: 12px; font-weight: 600; }
        .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .num small { display: block; color: var(--soft); } tr.group th { background: var(--ground); color: var(--ink); font-size: 13px; overflow-wrap: anywhere; }
        .tag { border: 1px solid var(--line); border-radius: 99px; padding: 1px 10px; font-size: 12px; color: var(--soft); white-space: nowrap; } .tag.better { color: var(--accent); border-color: var(--accent); } .tag.worse { color: var(--bad); border-color: var(--bad); }
        .settings td:first-child { color: var(--soft); white-space: nowrap; width: 1%; } .settings td { overflow-wrap: anywhere; }
        article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin: 14px 0; overflow: hidden; display: grid; grid-template-columns: 236px 1fr; } article.plain { grid-template-columns: 1fr; }
        .pictures { padding: 14px; border-right: 1px solid var(--line); display: grid; gap: 8px; align-content: start; } .pictures.many { grid-template-columns: 1fr 1fr; } .pictures img { max-width: 100%; max-height: 240px; border-radius: 6px; display: block; margin: 0 auto; }
        .asked { padding: 12px 18px; min-width: 0; } .where { color: var(--soft); font-size: 12px; overflow-wrap: anywhere; } .question { white-space: pre-wrap; overflow-wrap: anywhere; margin: 4px 0 8px; } .right { font-size: 13px; color: var(--soft); margin: 0 0 10px; overflow-wrap: anywhere; }
        .sides { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; } .sides.one { grid-template-columns: 1fr; } .side { border-radius: 8px; background: var(--ground); padding: 8px 12px; min-width: 0; } .side.good { background: var(--tint); } .side.wrong { background: var(--badtint); }
        .side b { font-size: 12px; color: var(--soft); font-weight: 600; } .good b span { color: var(--accent); } .wrong b span { color: var(--bad); } .text { white-space: pre-wrap; overflow-wrap: anywhere; max-height: 260px; overflow: auto; }
        @media (max-width: 760px) { .pair, article, .sides { grid-template-columns: 1fr; } .pictures { border-right: 0; border-bottom: 1px solid var(--line); } }
        @media print { :root { --ink: #111; --soft: #555; --line: #ccc; --ground: #fff; --card: #fff; --accent: #0b7a55; --bad: #b42318; --warm: #c2410c; --faint: #b9d8cb; --tint: #eef8f3; --badtint: #fdf1ef; } body { font-size: 12px; print-color-adjust: exact; -webkit-print-color-adjust: exact; } header, main { max-width: none; padding: 0; } .chart, article, tr, .verdict { break-inside: avoid; } h2 { break-after: avoid; } .text { max-height: none; overflow: visible; } }
        """;
}
