namespace Litre.Privacy.Reports;

/// <summary>The page's style sheet: light and dark, wide and narrow, and print.</summary>
internal static class PageStyle
{
    public const string Css = """
        :root { color-scheme: light dark; --ink: #1d2430; --soft: #5b6472; --line: #e4e7ec; --ground: #f6f7f9; --card: #fff;
          --accent: #0b7a55; --bad: #b42318; --warm: #c2410c; --warmtint: #fff4e8; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e9ef; --soft: #a3adbb; --line: #2b3240; --ground: #12161d; --card: #1a202a; --accent: #3ccb93;
            --bad: #f97066; --warm: #fb923c; --warmtint: #33240f; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.6 system-ui, "Segoe UI", Roboto, "Noto Sans",
          sans-serif; overflow-wrap: break-word; }
        header, main { max-width: 980px; margin: 0 auto; padding: 0 24px; }
        header { padding-top: 28px; }
        main { padding-bottom: 48px; }
        .brand { font-weight: 700; color: var(--accent); }
        .brand span, .sub, .note { color: var(--soft); font-weight: 400; }
        .note { font-size: 13px; margin: 4px 0; }
        h1 { margin: 20px 0 2px; font-size: 22px; line-height: 1.3; }
        h2 { font-size: 18px; margin: 32px 0 10px; }
        .sub { margin: 0 0 16px; }
        .verdict { background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--warm); border-radius: 10px;
          padding: 16px 20px; font-size: 20px; line-height: 1.5; margin: 12px 0; }
        .verdict.private { border-left-color: var(--accent); }
        .verdict.violated { border-left-color: var(--bad); }
        .warning { background: var(--warmtint); border-left: 3px solid var(--warm); border-radius: 0 8px 8px 0; padding: 8px 14px;
          margin: 8px 0; }
        .facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0; }
        .facts div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 8px 16px; min-width: 118px; }
        .facts dt { color: var(--soft); font-size: 12px; }
        .facts dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .facts .bad dd, .bad { color: var(--bad); }
        .good { color: var(--accent); }
        .card { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin: 0 0 14px; }
        ul { margin: 6px 0; padding-left: 22px; }
        code { overflow-wrap: anywhere; font: 13px/1.5 ui-monospace, Consolas, "DejaVu Sans Mono", monospace; }
        table { width: 100%; border-collapse: collapse; font-size: 14px; }
        th, td { text-align: left; vertical-align: top; padding: 7px 14px; border-bottom: 1px solid var(--line); }
        tr:last-child > td { border-bottom: 0; }
        th { color: var(--soft); font-size: 12px; font-weight: 600; }
        th.num, td.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        td.name { font-weight: 600; white-space: nowrap; }
        td small { display: block; color: var(--soft); font-size: 12px; }
        details { padding: 7px 14px; border-bottom: 1px solid var(--line); font-size: 14px; }
        details:last-child { border-bottom: 0; }
        summary { cursor: pointer; }
        summary span { color: var(--soft); }
        details ul { font-size: 13px; margin: 0; }
        details td { padding-left: 0; }

        @media (max-width: 760px) {
          header, main { padding-left: 12px; padding-right: 12px; }
          header { padding-top: 16px; }
          .verdict { font-size: 17px; padding: 12px 14px; }
          .facts { gap: 8px; }
          .facts div { flex: 1 1 40%; min-width: 0; padding: 6px 12px; }
          thead { display: none; }
          table, tbody, tr, td { display: block; }
          tr { padding: 8px 14px; border-bottom: 1px solid var(--line); }
          tr:last-child { border-bottom: 0; }
          td, td.num { border: 0; padding: 1px 0; text-align: left; white-space: normal;
            overflow-wrap: anywhere; }
          td[data-label] { display: flex; gap: 10px; }
          td[data-label]::before { content: attr(data-label); color: var(--soft); min-width: 84px; flex: none; }
        }
        @media print {
          :root { --ink: #111; --soft: #555; --line: #ccc; --ground: #fff; --card: #fff; --accent: #0b7a55; --bad: #b42318; }
          body { font-size: 12px; }
          header, main { max-width: none; padding: 0; }
          tr, .verdict { break-inside: avoid; }
          h2 { break-after: avoid; }
        }
        """;
}
