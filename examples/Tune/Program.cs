// Tunes a model on a data set: Tune MODEL DATA RUNFOLDER. Ctrl+C stops it with a checkpoint; started again, it resumes.
using Litre.Core;
using Litre.Planning;
using Litre.Reporting;
using Litre.Training.Tuning;

if (args is not [var model, var data, var folder])
{
    Console.Error.WriteLine("usage: Tune MODEL DATA RUNFOLDER");
    return 2;
}
using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, signal) =>
{
    signal.Cancel = true;
    stop.Cancel();
};
try
{
    var before = Recipe.OfRun(folder);
    var recipe =
        before
        ?? new TuneSettings
        {
            Model = model,
            Data = new() { Path = data },
            Output = folder,
            Batches = new() { MaxSteps = 20, MicroBatchTokens = 1024 },
        };
    using var job = TuneJob.Open(recipe, new Progress(), new TuneJobOptions { Resume = before is not null });
    Console.WriteLine($"needs {Units.GiB(job.Plan.PeakBytes)} of {Units.GiB(job.Plan.Machine.BudgetBytes)}");
    if (job.Plan.Refusal is { } refusal)
        throw new InputException(refusal);
    var end = job.Train(stop.Token);
    Console.WriteLine($"{end.Reason} after step {end.LastStep}; best checkpoint: {end.BestCheckpoint ?? "none"}");
    if (end.Failure is { } cause)
        throw new InputException(cause);
    if (end.Reason == TuneEndReason.Interrupted)
        return 1;
    if (job.Compare(stop.Token) is { } result)
        Console.WriteLine($"tuned model against base on {result.Answers.Count} held-out samples: {result.Verdict}");
    Console.WriteLine($"report: {RunReports.Write(job)}");
    return 0;
}
catch (InputException failure)
{
    Console.Error.WriteLine(failure.Message);
    return 2;
}
catch (OperationCanceledException)
{
    return 1; // stopped while the models were compared; started again, it compares
}

internal sealed class Progress : ITuneObserver
{
    public void OnStep(StepRecord step) => Console.WriteLine($"step {step.Step} of {step.TotalSteps}: loss {step.Loss:F3}");

    public void OnCheckpoint(string folder, int step) => Console.WriteLine($"checkpoint: {folder}");
}
