namespace Litre.Data.Preview;

/// <summary>The page's style sheet.</summary>
internal static class PreviewStyle
{
    public const string Css = """
        :root { --ink: #1d2430; --soft: #667085; --line: #e4e7ec; --ground: #f6f7f9; --card: #fff; --a: #c9ecd6; --b: #a9dfbe;
          --accent: #0b7a55; --bad: #b42318; --boxline: #e8590c; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e6e9ef; --soft: #98a2b3; --line: #2b3240; --ground: #12161d; --card: #1a202a; --a: #174a35; --b: #1f6146;
            --accent: #3ccb93; --bad: #f97066; --boxline: #ff922b; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--ground); color: var(--ink); font: 15px/1.55 system-ui, "Segoe UI", Roboto, "Noto Sans",
          "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif; }
        header, main { max-width: 1180px; margin: 0 auto; padding: 0 24px; }
        header { padding-top: 32px; }
        .brand { font-weight: 700; color: var(--accent); letter-spacing: .02em; }
        .brand span { color: var(--soft); font-weight: 400; }
        h1 { margin: 4px 0 16px; font-size: 28px; line-height: 1.2; overflow-wrap: anywhere; }
        .facts { display: flex; flex-wrap: wrap; gap: 12px; margin: 0 0 16px; }
        .facts div { background: var(--card); border: 1px solid var(--line); border-radius: 10px; padding: 8px 16px; min-width: 112px; }
        .facts dt { color: var(--soft); font-size: 12px; }
        .facts dd { margin: 0; font-size: 20px; font-weight: 600; font-variant-numeric: tabular-nums; }
        .facts .bad dd { color: var(--bad); }
        .notice { border-left: 3px solid var(--boxline); background: var(--card); padding: 8px 14px; border-radius: 0 8px 8px 0; }
        .legend { color: var(--soft); font-size: 13px; }
        .key { border-radius: 4px; padding: 1px 6px; color: var(--ink); }
        .key.answer { background: var(--a); }
        .key.box { border: 2px solid var(--boxline); }
        code { font: 13px ui-monospace, Menlo, Consolas, monospace; }
        article { background: var(--card); border: 1px solid var(--line); border-radius: 12px; margin: 16px 0; overflow: hidden; }
        .head { display: flex; flex-wrap: wrap; gap: 6px 12px; align-items: baseline; padding: 10px 18px;
          border-bottom: 1px solid var(--line); }
        .head b { overflow-wrap: anywhere; }
        .where, .count { color: var(--soft); font-size: 13px; }
        .count { margin-left: auto; font-variant-numeric: tabular-nums; }
        .chip { border: 1px solid var(--line); border-radius: 99px; padding: 0 10px; font-size: 12px; color: var(--soft); }
        .body { display: grid; grid-template-columns: minmax(240px, 5fr) 6fr; }
        .body.plain { grid-template-columns: 1fr; }
        .images { padding: 18px; border-right: 1px solid var(--line); display: grid; gap: 14px; align-content: start;
          justify-items: center; }
        .images.many { grid-template-columns: repeat(auto-fill, minmax(150px, 1fr)); }
        figure { margin: 0; max-width: 100%; }
        .frame { position: relative; display: inline-block; line-height: 0; }
        .frame img { max-width: 100%; max-height: 460px; border-radius: 6px; display: block; }
        .frame svg { position: absolute; inset: 0; width: 100%; height: 100%; }
        rect { fill: rgba(232, 89, 12, .10); stroke: var(--boxline); stroke-width: 2.5px; vector-effect: non-scaling-stroke; }
        .tag { position: absolute; transform: translateY(-100%); background: var(--boxline); color: #fff; font-size: 12px;
          line-height: 1.4; padding: 0 6px; border-radius: 3px 3px 3px 0; white-space: nowrap; }
        figcaption { color: var(--soft); font-size: 12px; line-height: 1.6; margin-top: 4px; }
        .turns { padding: 6px 18px 14px; min-width: 0; }
        .turn { padding: 10px 0; }
        .turn + .turn { border-top: 1px dashed var(--line); }
        .role { color: var(--soft); font-size: 12px; font-weight: 600; text-transform: uppercase; letter-spacing: .06em; }
        .assistant .role { color: var(--accent); }
        .text { white-space: pre-wrap; overflow-wrap: anywhere; }
        .t0, .t1, .special { border-radius: 3px; padding: 1px 0; box-decoration-break: clone; -webkit-box-decoration-break: clone; }
        .t0 { background: var(--a); }
        .t1 { background: var(--b); }
        .special { color: var(--soft); border: 1px solid var(--line); font: 12px ui-monospace, Menlo, Consolas, monospace;
          padding: 0 4px; margin-left: 3px; }
        .place { margin: 0 4px; border: 1px solid var(--line); background: var(--ground); border-radius: 5px; padding: 0 7px;
          font-size: 12px; color: var(--soft); }
        .refs { color: var(--soft); font-size: 13px; border-top: 1px dashed var(--line); padding-top: 10px; }
        .trouble { color: var(--bad); margin: 0; padding: 10px 18px; overflow-wrap: anywhere; }
        .unusable { margin: 28px 0 48px; }
        h2 { font-size: 18px; }
        h2 span { color: var(--bad); }
        table { width: 100%; border-collapse: collapse; background: var(--card); border: 1px solid var(--line); font-size: 14px; }
        th, td { text-align: left; vertical-align: top; padding: 7px 12px; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
        th { color: var(--soft); font-size: 12px; }
        td:first-child { white-space: nowrap; color: var(--soft); }
        @media (max-width: 760px) {
          .body { grid-template-columns: 1fr; }
          .images { border-right: 0; border-bottom: 1px solid var(--line); }
          .count { margin-left: 0; }
        }
        """;
}
