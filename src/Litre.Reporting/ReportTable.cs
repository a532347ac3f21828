namespace Litre.Reporting;

/// <summary>A further table of a report, folded until it is opened.</summary>
/// <param name="Title">What it compares.</param>
/// <param name="Columns">Their names; the first is of the rows' names.</param>
/// <param name="Rows">One cell a column, as text.</param>
/// <param name="Note">One sentence below it, or empty.</param>
public sealed record ReportTable(string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, string Note = "");
