using Litre.Library;
using Litre.Library.Entries;
using Litre.Planning;
using Litre.Training.Tests.Tuning;
using Litre.Training.Tuning;

namespace Litre.Training.Tests.Library;

public sealed class RunRegistrationTests : IDisposable
{
    private readonly SmallRun _files = new("dense");

    public void Dispose() => _files.Dispose();

    [Fact]
    public void Register_FinishedResumedAndContinuedRun_IsOneEntryWithItsFacts()
    {
        var library = new AdapterLibrary(Path.Combine(_files.Folder, "library"));
        var recipe = _files.Settings("drawings-20261128-101500") with
        {
            Comparison = new() { MaxNewTokens = 4 },
            Library = new() { Note = "A3" },
        };
        var entry = Run(recipe, library)!;
        Assert.Equal(("drawings@1", "A3", AdapterOrigin.Run), (entry.Id, entry.Note, entry.Origin));
        Assert.Equal(Path.Combine(recipe.Output, "best"), entry.Folder);
        Assert.NotNull(entry.Base);
        Assert.NotEmpty(entry.DataFingerprint!);
        Assert.Equal("6", entry.Recipe["max-steps"]);
        Assert.NotNull(entry.Scores!.Verdict);
        Assert.NotNull(entry.Scores.PValue);
        Assert.NotNull(entry.Scores.Loss);

        // More steps: the same run, so the same version, with what it is now.
        var longer = recipe with
        {
            Batches = recipe.Batches with { MaxSteps = 8 },
        };
        Assert.Equal("drawings@1", Run(longer, library, resume: true)!.Id);
        Assert.Equal("8", Assert.Single(library.Entries()).Recipe["max-steps"]);
        AdapterLibrary.Check(library.Find("drawings"));

        // What has a tag stays as it is.
        library.Tag("drawings", "production");
        var kept = library.Find("drawings:production");
        var longest = recipe with { Batches = recipe.Batches with { MaxSteps = 10 } };
        var next = Run(longest, library, resume: true)!;
        Assert.Equal(next.HasFilesOf(kept) ? "drawings@1" : "drawings@2", next.Id);
        Assert.Equal(kept.Files, library.Find("drawings:production").Files);
        AdapterLibrary.Check(library.Find("drawings:production"));

        // A run that continues this adapter has it as its parent.
        var child = _files.Settings("child") with
        {
            Trainable = new() { Adapter = library.Resolve("drawings@1") },
            Comparison = new() { When = EvaluationTime.None },
        };
        child = InitialAdapter.Apply(child, [], _ => { });
        Assert.Equal(["drawings@1"], Run(child, library)!.Parents.Select(p => p.Adapter));
    }

    [Fact]
    public void Register_InterruptedRun_RegistersNothing()
    {
        var library = new AdapterLibrary(Path.Combine(_files.Folder, "library"));
        using var stop = new CancellationTokenSource();
        using var job = TuneJob.Open(
            _files.Settings("run"),
            new RecordingObserver(step =>
            {
                if (step.Step == 2)
                    stop.Cancel();
            })
        );
        job.Train(stop.Token);
        Assert.Null(job.Register(library));
        Assert.False(Directory.Exists(library.Folder));
    }

    private static AdapterEntry? Run(TuneSettings recipe, AdapterLibrary library, bool resume = false)
    {
        using var job = TuneJob.Open(recipe, new RecordingObserver(), new TuneJobOptions { Resume = resume });
        job.Train(TestContext.Current.CancellationToken);
        job.Compare(TestContext.Current.CancellationToken);
        return job.Register(library);
    }
}
