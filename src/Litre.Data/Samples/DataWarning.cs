namespace Litre.Data.Samples;

/// <summary>
/// Something about a row that can be used, but deserves a line: what stands there, what becomes of it, and what to do.
/// Warnings of one text are printed as one group with a count, so the text holds no value that differs from row to row.
/// The parser adds them with <c>Fields.Warn</c>; what comes after it, to <see cref="Sample.Warnings"/>.
/// </summary>
/// <param name="Text">One line, the remedy after a semicolon.</param>
public sealed record DataWarning(string Text);
