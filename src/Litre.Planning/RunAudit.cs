using System.Text.Json;
using Litre.Access.Audit;
using Litre.Core;
using Litre.Training.Tuning;

namespace Litre.Planning;

/// <summary>Records the start and the end of a run in the audit log: which data went into it, and what came out.</summary>
internal sealed class RunAudit : IDisposable
{
    private const string Manifest = "manifest.json";

    private readonly AuditLog? _log;
    private readonly bool _isRequired;
    private readonly Action<string> _message;
    private bool _isStarted;

    private RunAudit(AuditLog? log, bool isRequired, Action<string> message) => (_log, _isRequired, _message) = (log, isRequired, message);

    /// <exception cref="InputException">The log is required and cannot be written.</exception>
    public static RunAudit Open(AuditUse use, Action<string> message)
    {
        if (use == AuditUse.Off)
            return new RunAudit(null, false, message);
        try
        {
            return new RunAudit(AuditLog.Open(), use == AuditUse.Required, message);
        }
        catch (InputException e) when (use == AuditUse.On)
        {
            message($"this run is not recorded: {e.Message}");
            return new RunAudit(null, false, message);
        }
    }

    public void Start(TuneRun run, bool resumed)
    {
        _isStarted = true;
        Append(() =>
            Entry(run, isStarted: true) with
            {
                Resumed = resumed,
                ModelFingerprint = run.Model.Base?.Fingerprint.Weights,
                DataFingerprint = run.Steps.Fingerprint,
                Files =
                [
                    .. run
                        .Data.Train.Concat(run.Data.Validation)
                        .Concat(run.Data.Test)
                        .Select(sample => Path.GetFullPath(sample.Sample.Origin.File))
                        .Distinct()
                        .Order(StringComparer.Ordinal)
                        .Select(AuditFile.Of),
                ],
                Recipe = AuditFile.Of(Path.Combine(Path.GetFullPath(run.Settings.Output), Recipe.FileName)),
            }
        );
    }

    public void End(TuneRun run, TuneEnd end) =>
        Append(() =>
            Entry(run, isStarted: false) with
            {
                End = JsonNamingPolicy.SnakeCaseLower.ConvertName(end.Reason.ToString()),
                Steps = end.LastStep,
                Result = ResultOf(end),
            }
        );

    /// <summary>Records the end of a started run by an error; never throws, since the error is what the user must see.</summary>
    public void Fail(TuneRun run)
    {
        if (!_isStarted)
            return;
        try
        {
            _log?.Append(Entry(run, isStarted: false) with { End = "failed" });
        }
        catch (InputException e)
        {
            _message(e.Message);
        }
    }

    public void Dispose() => _log?.Dispose();

    private static RunEntry Entry(TuneRun run, bool isStarted) =>
        new(
            isStarted,
            Path.GetFullPath(run.Settings.Output),
            Path.GetFullPath(run.Settings.Model),
            Path.GetFullPath(run.Settings.Data.Path)
        )
        {
            Version = typeof(RunAudit).Assembly.GetName().Version?.ToString(3),
        };

    private static AuditFile? ResultOf(TuneEnd end) =>
        (end.BestCheckpoint ?? end.LastCheckpoint) is { } folder
        && Path.GetFullPath(Path.Combine(folder, Manifest)) is var file
        && File.Exists(file)
            ? AuditFile.Of(file)
            : null;

    private void Append(Func<RunEntry> entry)
    {
        if (_log is null)
            return;
        try
        {
            _log.Append(entry());
        }
        catch (Exception e) when (!_isRequired && e is InputException or IOException or UnauthorizedAccessException)
        {
            _message($"the audit log does not record this: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the audit log cannot record this run ({e.Message}); check the file, or start without `audit`", e);
        }
    }
}
