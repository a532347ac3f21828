namespace Litre.Reporting;

/// <summary>The page's style sheet: light and dark, wide and narrow, and print.</summary>
internal static class ReportStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --line: #e4e7ec; --ground: #f6f7f9; --card: #fff;
          --accent: #0b7a55; --bad: #b42318; --warm: #c2410c; --faint: #b9d8cb; --tint: #e8f5ef; --badtint: #fdeeec;
          --warmtint: #fff4e8; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e9ef; --soft: #a3adbb; --line: #2b3240; --ground: #12161d; --card: #1a202a; --accent: #3ccb93;
            --bad: #f97066; --warm: #fb923c; --faint: #2c5a49; --tint: #15302a; --badtint: #381d1c; --warmtint: #33240f; }
        }
        * { box-sizing: border-box; }
        [hidden] { display: none !important; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.6 system-ui, "Segoe UI", Roboto, "Noto Sans",
          "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; overflow-wrap: anywhere; }
        header, main { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
        header { padding-top: 28px; }
        main { padding-bottom: 48px; }
        .brand { font-weight: 700; color: var(--accent); }
        .brand span { color: var(--soft); font-weight: 400; }
        h1 { margin: 20px 0 2px; font-size: 22px; line-height: 1.3; }
        h2 { font-size: 19px; margin: 36px 0 12px; }
        .sub { color: var(--soft); margin: 0 0 16px; }
        .verdict { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--soft); border-radius: 10px;
          padding: 16px 20px; font-size: 20px; line-height: 1.5; margin: 12px 0; }
        .verdict.better { border-left-color: var(--accent); }
        .verdict.worse { border-left-color: var(--bad); }
        .warning { background: var(--warmtint); border-left: 3px solid var(--warm); border-radius: 0 8px 8px 0; padding: 8px 14px;
          margin: 8px 0; }
        .message { background: var(--card); border-left: 3px solid var(--line); padding: 6px 14px; margin: 6px 0; font-size: 13px; }
        .facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; }
        .facts div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 8px 16px; min-width: 112px; }
        .facts dt { color: var(--soft); font-size: 12px; }
        .facts dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .card, .chart { background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
        .card { margin: 0 0 14px; overflow-x: auto; }
        .note { color: var(--soft); font-size: 13px; }
        .bad { color: var(--bad); }
        details { margin: 14px 0; }
        summary { cursor: pointer; font-weight: 600; padding: 6px 0; }
        details[open] > summary { margin-bottom: 8px; }

        .chart { margin: 0 0 16px; padding: 14px 16px 8px; min-width: 0; }
        .chart figcaption { display: flex; flex-wrap: wrap; gap: 4px 18px; align-items: baseline; margin-bottom: 6px; font-size: 14px; }
        .pair { display: grid; grid-template-columns: 1fr 1fr; gap: 16px; }
        .pair > :only-child { grid-column: 1 / -1; }
        svg { width: 100%; height: auto; display: block; }
        svg.narrow { display: none; }
        .tick, .name { font: 12px system-ui, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
          sans-serif; fill: var(--soft); }
        .grid { stroke: var(--line); }
        .axis, .mark { stroke: var(--soft); }
        polyline { fill: none; stroke-linejoin: round; stroke-linecap: round; }
        .key { color: var(--soft); font-size: 13px; }
        .key::before { content: ""; display: inline-block; width: 18px; height: 0; border-top: 3px solid; vertical-align: middle;
          margin-right: 7px; }
        polyline.raw { stroke: var(--faint); stroke-width: 1.2; }
        circle.raw { fill: var(--faint); }
        .key.raw::before { border-color: var(--faint); }
        polyline.main { stroke: var(--accent); stroke-width: 2.2; }
        circle.main { fill: var(--accent); }
        .key.main::before { border-color: var(--accent); }
        polyline.held { stroke: var(--warm); stroke-width: 1.8; }
        circle.held { fill: var(--warm); }
        .key.held::before { border-color: var(--warm); }
        polyline.base { stroke: var(--soft); stroke-width: 1.3; stroke-dasharray: 3 5; }
        .key.base::before { border-color: var(--soft); border-top-style: dashed; }

        table { width: 100%; border-collapse: collapse; font-size: 14px; }
        caption { text-align: left; font-weight: 600; padding: 10px 14px 4px; }
        th, td { text-align: left; vertical-align: top; padding: 7px 14px; border-bottom: 1px solid var(--line); }
        tr:last-child > td { border-bottom: 0; }
        th { color: var(--soft); font-size: 12px; font-weight: 600; }
        .num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .num small { display: block; color: var(--soft); }
        .tag { border: 1px solid var(--line); border-radius: 99px; padding: 1px 10px; font-size: 12px; color: var(--soft);
          white-space: nowrap; }
        .tag.better { color: var(--accent); border-color: var(--accent); }
        .tag.worse { color: var(--bad); border-color: var(--bad); }
        .stack { table-layout: fixed; min-width: 640px; }
        .stack th:first-child { width: 26%; }
        .settings td:first-child { color: var(--soft); white-space: nowrap; width: 1%; }

        .filter { display: flex; flex-wrap: wrap; gap: 8px; margin: 0 0 12px; }
        .filter button { font: inherit; font-size: 14px; color: var(--ink); background: var(--card); border: 1px solid var(--line);
          border-radius: 99px; padding: 5px 14px; cursor: pointer; }
        .filter button[aria-pressed="true"] { background: var(--ink); color: var(--ground); border-color: var(--ink); }
        article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin: 14px 0; overflow: hidden;
          display: grid; grid-template-columns: 236px 1fr; }
        article.plain { grid-template-columns: 1fr; }
        .images { padding: 14px; border-right: 1px solid var(--line); display: grid; gap: 8px; align-content: start; }
        .images.many { grid-template-columns: 1fr 1fr; }
        .images img { max-width: 100%; max-height: 240px; border-radius: 6px; display: block; margin: 0 auto; }
        .asked { padding: 12px 18px; min-width: 0; }
        .where { color: var(--soft); font-size: 12px; }
        .question { white-space: pre-wrap; margin: 4px 0 8px; }
        .right { margin: 0 0 10px; }
        .sides { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; }
        .sides.one { grid-template-columns: 1fr; }
        .side { border-radius: 8px; background: var(--ground); padding: 8px 12px; min-width: 0; }
        .side.good { background: var(--tint); }
        .side.wrong { background: var(--badtint); }
        .side b { font-size: 12px; color: var(--soft); font-weight: 600; }
        .good b span { color: var(--accent); }
        .wrong b span { color: var(--bad); }
        .side b .cut { color: var(--warm); }
        .text { white-space: pre-wrap; max-height: 260px; overflow: auto; }

        @media (max-width: 760px) {
          header, main { padding-left: 12px; padding-right: 12px; }
          header { padding-top: 16px; }
          .pair, article, .sides { grid-template-columns: minmax(0, 1fr); }
          .images { border-right: 0; border-bottom: 1px solid var(--line); }
          .verdict { font-size: 17px; padding: 12px 14px; }
          svg.wide { display: none; }
          svg.narrow { display: block; }
          .chart { padding: 12px 8px 6px; }
          .filter button { padding: 8px 14px; }
          .stack, .stack tbody, .stack tr, .stack td, .stack caption { display: block; width: 100%; }
          .stack { min-width: 0; }
          .stack thead { display: none; }
          .stack tr { padding: 8px 14px; border-bottom: 1px solid var(--line); }
          .stack tr:last-child { border-bottom: 0; }
          .stack td { border: 0; padding: 1px 0; }
          .stack td.metric { font-weight: 600; }
          .stack td[data-label] { display: flex; flex-wrap: wrap; gap: 0 10px; text-align: left; white-space: normal; }
          .stack td[data-label]::before { content: attr(data-label); color: var(--soft); min-width: 88px; }
          .stack td.metric[data-label]::before { content: none; }
          .settings td { padding: 6px 10px; }
          .settings td:first-child { white-space: normal; width: 42%; }
        }
        @media print {
          :root { --ink: #111; --soft: #555; --line: #ccc; --ground: #fff; --card: #fff; --accent: #0b7a55; --bad: #b42318; --warm: #c2410c;
            --faint: #b9d8cb; --tint: #eef8f3; --badtint: #fdf1ef; --warmtint: #fff8ef; }
          body { font-size: 12px; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          header, main { max-width: none; padding: 0; }
          .chart, article, tr, .verdict { break-inside: avoid; }
          h2 { break-after: avoid; }
          .filter { display: none; }
          .text { max-height: none; overflow: visible; }
        }
        """;
}
