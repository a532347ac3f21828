namespace Litre.Reporting;

/// <summary>A value after a step.</summary>
/// <param name="Step">Counted from one; 0 is before the first.</param>
/// <param name="Value">May be no number, which charts leave out and mention.</param>
public readonly record struct ReportPoint(int Step, double Value);
