using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Torch.Loading;
using Shared;

namespace Litre.Torch.Tests.Loading;

public sealed class LibtorchSearchTests : IDisposable
{
    private readonly FakeMachine _machine = new();
    private readonly List<LoadAttempt> _attempts = [];

    public void Dispose() => _machine.Dispose();

    private InputException Failure() => Assert.Throws<InputException>(() => LibtorchLoader.Load(_machine.Surroundings, _attempts));

    [Fact]
    public void Load_NothingThere_OneLineNamesEveryPlaceAndTheRemedy()
    {
        var message = Failure().Message;
        Assert.DoesNotContain('\n', message);
        Assert.Contains("litre setup", message);
        Assert.Contains("LITRE_LIBTORCH", message);
        Assert.Contains("no GPU", message);
        Assert.Contains(Path.Combine(_machine.Root, "program", "libtorch"), message);
        Assert.Contains(Path.Combine(_machine.Root, "home", ".nuget", "packages", "libtorch-cpu-linux-x64", "2.10.0"), message);
        Assert.Contains("python3, on the CPU: not installed", message);
        Assert.DoesNotContain(_attempts, attempt => attempt.Taken || attempt.Outcome.Length == 0);
        Assert.Equal(4, _attempts.Count);
    }

    [Fact]
    public void Load_Arm64_SaysThatThePackageHasNoLibrariesForIt()
    {
        _machine.Surroundings = _machine.Surroundings with { Architecture = Architecture.Arm64 };
        Assert.Contains("libtorch-cpu-linux-x64 has no libraries for arm64", Failure().Message);
    }

    [Fact]
    public void Load_VariableWithoutLibtorch_FailsWithoutLookingElsewhere()
    {
        var empty = Directory.CreateDirectory(Path.Combine(_machine.Root, "empty")).FullName;
        _machine.Variables["LITRE_LIBTORCH"] = empty;
        var message = Failure().Message;
        Assert.StartsWith($"LITRE_LIBTORCH={empty}: no libtorch_cpu.so there", message);
        Assert.DoesNotContain("NuGet", message);
    }

    [Fact]
    public void Load_VariableNamesOldVersion_SaysBothVersions()
    {
        _machine.Variables["LITRE_LIBTORCH"] = _machine.AddBuild("torch", "2.9.1+cu128");
        Assert.Contains("version 2.9.1+cu128 is older than 2.10", Failure().Message);
    }

    [Fact]
    public void Load_FileIsNoLibrary_GivesTheLoadersReason()
    {
        var build = _machine.AddBuild("torch", "2.11.0");
        _machine.Variables["LITRE_LIBTORCH"] = build;
        Assert.Contains(Path.Combine(build, "lib", "libtorch_cpu.so"), Failure().Message);
    }

    [Fact]
    public void Load_CpuPyTorchBesideAGpu_IsPassedOverFirstAndTriedLast()
    {
        var python = _machine.AddBuild("site-packages/torch", "2.11.0");
        _machine.Surroundings = _machine.Surroundings with { CudaDevices = 1, AskPython = () => (python, "") };
        var message = Failure().Message;
        var first = message.IndexOf($"python3 {python}", StringComparison.Ordinal);
        var last = message.IndexOf($"python3, on the CPU {python}", StringComparison.Ordinal);
        var package = message.IndexOf("NuGet package", StringComparison.Ordinal);
        Assert.True(first >= 0 && first < package && package < last, message);
        Assert.Contains("no libtorch_cuda.so: a CPU build, but there is a GPU", message);
    }

    [Fact]
    public void Candidates_GpuThere_PrefersOursThenTheEnvironmentThenPython()
    {
        var ours = Directory.CreateDirectory(Path.Combine(_machine.Root, "home/.litre/libtorch-2.11")).FullName;
        var environment = Directory.CreateDirectory(Path.Combine(_machine.Root, "venv/lib/python3.12/site-packages/torch")).FullName;
        _machine.Variables["VIRTUAL_ENV"] = Path.Combine(_machine.Root, "venv");
        _machine.Surroundings = _machine.Surroundings with { CudaDevices = 1, AskPython = () => ("/some/torch", "") };

        var places = LibtorchSearch
            .Candidates(_machine.Surroundings)
            .Where(candidate => candidate.NeedsCuda)
            .Select(candidate => candidate.Place);
        Assert.Equal([ours, environment, "/some/torch"], places);
    }

    [Fact]
    public void Candidates_SameFolderTwice_AppearsOnce()
    {
        var torch = Directory.CreateDirectory(Path.Combine(_machine.Root, "venv/lib/python3.12/site-packages/torch")).FullName;
        _machine.Variables["VIRTUAL_ENV"] = Path.Combine(_machine.Root, "venv");
        _machine.Surroundings = _machine.Surroundings with { CudaDevices = 1, AskPython = () => (torch, "") };
        Assert.Single(LibtorchSearch.Candidates(_machine.Surroundings), candidate => candidate.NeedsCuda);
    }

    [Theory]
    [InlineData("2.10.0", true)]
    [InlineData("2.11.0+cu130", true)]
    [InlineData("3.0.0a0+git1234", true)]
    [InlineData("2.9.1", false)]
    [InlineData("1.13.1", false)]
    public void Build_Version_IsComparedByNumber(string version, bool recent) =>
        Assert.Equal(recent, LibtorchBuild.In(_machine.AddBuild("torch", version))!.IsRecent);

    [Fact]
    public void Build_ParentFolderNamed_FindsLibrariesBelow()
    {
        _machine.AddBuild("setup/torch", "2.11.0+cu130", cuda: true);
        Directory.CreateDirectory(Path.Combine(_machine.Root, "setup/nvidia/cublas/lib"));
        var build = LibtorchBuild.In(Path.Combine(_machine.Root, "setup"))!;
        Assert.Equal(Path.Combine(_machine.Root, "setup/torch/lib"), build.Folder);
        Assert.Equal("2.11.0+cu130", build.Version);
        Assert.True(build.HasCudaLibrary);
        Assert.Equal([Path.Combine(_machine.Root, "setup/nvidia/cublas/lib")], build.CudaFolders());
    }
}
