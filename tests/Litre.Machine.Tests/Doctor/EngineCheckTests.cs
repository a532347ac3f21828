using Litre.Machine.Doctor;
using Litre.Torch;
using Litre.Torch.Loading;

namespace Litre.Machine.Tests.Doctor;

public sealed class EngineCheckTests
{
    private static readonly CudaDeviceInfo Gpu = new(0, "a GPU", 9, 0, 132, 80L << 30, IsIntegrated: false);

    [Fact]
    public void Look_ThisMachine_IsWholeAndSaysWhyItWasTaken()
    {
        var loaded = Libtorch.Load();
        var findings = EngineCheck.Check(loaded, loaded.Attempts, LibtorchSymbols.FindMissing(loaded), CudaDriver.Devices);
        Assert.Equal(["libtorch", "chosen", "folder"], findings.Select(f => f.Name));
        Assert.All(findings, f => Assert.Equal(FindingLevel.Ok, f.Level));
        Assert.Contains(loaded.Version, findings[0].Evidence);
    }

    [Fact]
    public void Look_GpuButACpuBuild_IsAProblemWithTheReason()
    {
        var attempts = new[]
        {
            new LoadAttempt("python3", "there", "libcudart.so.13: no such file"),
            new LoadAttempt("NuGet package", "here", "CPU", Taken: true),
        };
        var finding = EngineCheck.Check(Build("NuGet package"), attempts, [], [Gpu])[0];
        Assert.Equal(FindingLevel.Problem, finding.Level);
        Assert.Equal("2.11.0 for the CPU, although there is a GPU (python3: libcudart.so.13: no such file)", finding.Evidence);
        Assert.StartsWith("run `litre setup`", finding.Advice);
        Assert.Equal(FindingLevel.Ok, EngineCheck.Check(Build("NuGet package") with { CudaHandle = 1 }, attempts, [], [Gpu])[0].Level);
    }

    [Fact]
    public void Look_FunctionsMissing_NamesSomeAndWhatToDo()
    {
        var finding = EngineCheck.Check(Build("LITRE_LIBTORCH"), [], ["a", "b", "c", "d", "e"], [])[0];
        Assert.StartsWith("2.11.0 lacks a, b, c and 2 more:", finding.Evidence);
        Assert.StartsWith("unset LITRE_LIBTORCH and run `litre setup`", finding.Advice);
    }

    [Fact]
    public void Look_NothingLoads_SaysHowManyPlacesAndWhatToDo()
    {
        var finding = Assert.Single(EngineCheck.Check(null, [new LoadAttempt("a", "x", "no"), new LoadAttempt("b", "y", "no")], [], []));
        Assert.Equal(
            (FindingLevel.Problem, "no libtorch in 2 places loads; `litre doctor` with `libtorch` lists them"),
            (finding.Level, finding.Evidence)
        );
        Assert.Contains("litre setup", finding.Advice);
    }

    [Fact]
    public void Verdict_OfFindings_CountsNotesAndNamesProblems()
    {
        Finding ok = new(FindingGroup.Disk, "free", FindingLevel.Ok, ""),
            note = ok with { Level = FindingLevel.Note },
            problem = ok with { Level = FindingLevel.Problem };
        Assert.Equal("Ready: no problem was found.", new DiagnosisResult([ok], [], true, 1).Verdict);
        Assert.Equal("Ready: a run can start, with 1 note.", new DiagnosisResult([ok, note], [], true, 1).Verdict);
        Assert.Equal(
            "Not ready: 2 problems in Disk (free), Engine (libtorch); nothing can be computed.",
            new DiagnosisResult([note, problem, problem with { Group = FindingGroup.Engine, Name = "libtorch" }], [], false, 1).Verdict
        );
    }

    private static LibtorchInfo Build(string source) =>
        new()
        {
            CpuHandle = 1,
            CudaHandle = 0,
            Version = "2.11.0",
            AbiVersion = 2UL << 56 | 11UL << 48,
            Folder = "here",
            Source = source,
            Attempts = [],
        };
}
