using Litre.Machine.Setup;
using Litre.Torch.Loading;
using Shared;

namespace Litre.Machine.Tests.Setup;

public sealed class LibtorchSetupTests : IDisposable
{
    private readonly SetupRig _rig = new();

    public void Dispose() => _rig.Dispose();

    [Fact]
    public async Task Run_CudaBuild_TakesOnlyLibrariesOfTorchAndOfWhatItNeeds()
    {
        _rig.AddUsual();
        var result = await _rig.RunAsync();
        Assert.Equal(SetupState.Installed, result.State);
        Assert.Equal("2.11.0+cu130", result.Version);
        Assert.Equal(
            [
                "nvidia/cu13/lib/libcublas.so.13",
                "nvidia/cu13/lib/libcudnn.so.9",
                "torch/lib/libc10.so",
                "torch/lib/libtorch_cpu.so",
                "torch/lib/libtorch_cuda.so",
                "torch/version.py",
            ],
            _rig.Installed().Select(file => Path.GetRelativePath("libtorch-2.11.0+cu130", file))
        );
        Assert.Equal("libcublas.so.13 13.1.0.3", _rig.Read("libtorch-2.11.0+cu130/nvidia/cu13/lib/libcublas.so.13"));
        Assert.Equal([".libtorch-2.11.0+cu130.incomplete"], _rig.Proven);
        Assert.False(Directory.Exists(Path.Combine(_rig.Output, ".downloads")));
        Assert.Equal(3, result.Wheels.Count);
    }

    [Fact]
    public async Task Run_Installed_IsFoundByTheSearch()
    {
        _rig.AddUsual();
        var result = await _rig.RunAsync();
        using var machine = new FakeMachine();
        var surroundings = machine.Surroundings with { Home = _rig.Home, CudaDevices = 1 };
        var candidate = LibtorchSearch.Candidates(surroundings).First(found => found.NeedsCuda);
        Assert.Equal(result.Folder, candidate.Place);
        var build = LibtorchBuild.In(candidate.Place!)!;
        Assert.True(build.HasCudaLibrary);
        Assert.Equal("2.11.0+cu130", build.Version);
        Assert.Equal([Path.Combine(result.Folder, "nvidia/cu13/lib")], build.CudaFolders());
    }

    [Fact]
    public async Task Run_MetadataOnlyInsideTheWheels_FindsTheSameWheels()
    {
        _rig.Index.HasMetadata = false;
        _rig.AddUsual();
        var result = await _rig.RunAsync();
        Assert.Equal(3, result.Wheels.Count);
        Assert.Contains("libtorch-2.11.0+cu130/nvidia/cu13/lib/libcublas.so.13", _rig.Installed());
        Assert.Equal(4, _rig.Index.WheelRequests.Count());
    }

    [Fact]
    public async Task Run_LocalFolder_NeedsNoSumsAndLeavesTheWheels()
    {
        // Characters that mean something in an address.
        var folder = Directory.CreateDirectory(Path.Combine(_rig.Wheels, "my wheels #1 50%20 ?+é")).FullName;
        var torch = WheelMaker.Torch("2.11.0+cu130").Needing("nvidia-cublas==13.1.0.3");
        foreach (
            var wheel in (WheelMaker[])
                [torch, WheelMaker.Nvidia("nvidia-cublas", "13.1.0.3", "libcublas.so.13"), WheelMaker.Torch("2.12.0+cu130", "aarch64")]
        )
            File.WriteAllBytes(Path.Combine(folder, wheel.File), wheel.Bytes());
        _rig.Settings = _rig.Settings with { Index = folder };
        Assert.Equal("2.11.0+cu130", (await _rig.RunAsync()).Version);
        Assert.Contains("libtorch-2.11.0+cu130/nvidia/cu13/lib/libcublas.so.13", _rig.Installed());
        Assert.Equal(3, Directory.GetFiles(folder).Length);
    }

    [Fact]
    public async Task Run_DryRun_WritesNothingAndNamesEveryWheelWithItsSize()
    {
        _rig.AddUsual();
        _rig.Settings = _rig.Settings with { DryRun = true };
        var result = await _rig.RunAsync();
        Assert.Equal(SetupState.Planned, result.State);
        Assert.True(result.IsComplete);
        Assert.Equal(3, result.Wheels.Count);
        Assert.All(result.Wheels, wheel => Assert.True(wheel.Bytes > 100));
        Assert.Empty(_rig.Index.WheelRequests);
        Assert.False(Directory.Exists(_rig.Output));
    }

    [Fact]
    public async Task Run_SameVersionThere_DownloadsNothing()
    {
        _rig.AddUsual();
        await _rig.RunAsync();
        var requests = _rig.Index.WheelRequests.Count();
        Assert.Equal(SetupState.AlreadyThere, (await _rig.RunAsync()).State);
        Assert.Equal(requests, _rig.Index.WheelRequests.Count());
    }

    [Fact]
    public async Task Run_NewOneDoesNotLoad_LeavesThePreviousAlone()
    {
        _rig.AddUsual();
        await _rig.RunAsync();
        _rig.AddUsual("2.12.0");
        _rig.Refusal = "libcublas.so.13: undefined symbol";
        Assert.Contains("does not load (libcublas.so.13: undefined symbol)", await _rig.FailureAsync());
        Assert.Contains("libtorch-2.11.0+cu130/torch/lib/libtorch_cpu.so", _rig.Installed());
    }

    [Fact]
    public async Task Run_PreviousOneIsDamaged_ReplacesIt()
    {
        _rig.AddUsual();
        await _rig.RunAsync();
        File.WriteAllText(Path.Combine(_rig.Output, "libtorch-2.11.0+cu130/torch/lib/libtorch_cpu.so"), "damaged");
        var answers = new Queue<string?>(["not a library", null]);
        _rig.Settings = _rig.Settings with { VerifyAsync = (_, _) => Task.FromResult(answers.Dequeue()) };
        Assert.Equal(SetupState.Installed, (await _rig.RunAsync()).State);
        Assert.Equal("cpu of 2.11.0+cu130", _rig.Read("libtorch-2.11.0+cu130/torch/lib/libtorch_cpu.so"));
        Assert.Single(Directory.GetDirectories(_rig.Output));
    }

    [Fact]
    public async Task Run_AfterAProcessThatWasKilled_ClearsUpAndRestoresWhatWasThere()
    {
        Directory.CreateDirectory(Path.Combine(_rig.Output, ".libtorch-2.10.0+cu130.incomplete/torch"));
        var replaced = Directory.CreateDirectory(Path.Combine(_rig.Output, ".libtorch-2.10.1+cu130.replaced")).FullName;
        File.WriteAllText(Path.Combine(replaced, "a"), "previous");
        _rig.AddUsual();
        await _rig.RunAsync();
        Assert.Equal("previous", _rig.Read("libtorch-2.10.1+cu130/a"));
        Assert.Equal(2, Directory.GetDirectories(_rig.Output).Length);
    }

    [Fact]
    public async Task Run_AnotherSetupIsAtWork_SaysSo()
    {
        _rig.AddUsual();
        using var other = new InstallationFolder(_rig.Output);
        Assert.Contains("wait until no other setup is running there", await _rig.FailureAsync());
    }
}
