using Litre.Core;
using Litre.Machine.Setup;
using Shared;

namespace Litre.Machine.Tests.Setup;

/// <summary>Whatever goes wrong: one line, nothing half-installed, and what was installed before untouched.</summary>
public sealed class SetupFailureTests : IDisposable
{
    private readonly SetupRig _rig = new();

    public void Dispose() => _rig.Dispose();

    private string Part(string file) => Path.Combine(_rig.Output, ".downloads", file + ".part");

    private async Task InstallPreviousAsync()
    {
        _rig.AddUsual("2.10.0");
        await _rig.RunAsync();
        Assert.NotEmpty(_rig.Installed());
    }

    private WheelMaker AddTorch(WheelMaker? wheel = null)
    {
        wheel ??= WheelMaker.Torch("2.11.0+cu130").With("torch/lib/libbig.so", new byte[100_000]);
        _rig.Index.Add("cu130", wheel);
        return wheel;
    }

    [Fact]
    public async Task Download_ConnectionCut_GoesOnWhereItBroke()
    {
        var torch = AddTorch();
        _rig.Index.Cuts.Enqueue(30_000);
        _rig.Index.Cuts.Enqueue(20_000);
        Assert.Equal(SetupState.Installed, (await _rig.RunAsync()).State);
        var path = $"GET /whl/cu130/{torch.File.Replace("+", "%2B")}";
        Assert.Equal([path, path + " from 30000", path + " from 50000"], _rig.Index.WheelRequests);
    }

    [Fact]
    public async Task Download_ConnectionBreaksTooOften_LaterRunGoesOn()
    {
        await InstallPreviousAsync();
        var torch = AddTorch();
        _rig.Index.Cuts.Enqueue(40_000);
        for (var i = 0; i < 5; i++)
            _rig.Index.Cuts.Enqueue(0);
        Assert.Contains("stopped at byte 40000", await _rig.FailureAsync());
        Assert.Equal(40_000, new FileInfo(Part(torch.File)).Length);

        _rig.Index.Cuts.Clear();
        _rig.Index.Requests.Clear();
        Assert.Equal(SetupState.Installed, (await _rig.RunAsync()).State);
        Assert.EndsWith(" from 40000", Assert.Single(_rig.Index.WheelRequests));
    }

    [Fact]
    public async Task Download_PartIsOfAnotherFile_StartsOver()
    {
        var torch = AddTorch();
        Directory.CreateDirectory(Path.GetDirectoryName(Part(torch.File))!);
        File.WriteAllBytes(Part(torch.File), new byte[5000]);
        Assert.Equal(SetupState.Installed, (await _rig.RunAsync()).State);
        Assert.Equal(2, _rig.Index.WheelRequests.Count());
    }

    [Fact]
    public async Task Download_PartIsWholeButUnchecked_IsNotFetchedAgain()
    {
        var torch = AddTorch();
        Directory.CreateDirectory(Path.GetDirectoryName(Part(torch.File))!);
        File.WriteAllBytes(Part(torch.File), torch.Bytes());
        Assert.Equal(SetupState.Installed, (await _rig.RunAsync()).State);
        Assert.EndsWith($" from {torch.Bytes().Length}", Assert.Single(_rig.Index.WheelRequests));
    }

    [Fact]
    public async Task Download_WrongSum_SaysBothAndKeepsNothing()
    {
        await InstallPreviousAsync();
        var torch = WheelMaker.Torch("2.11.0+cu130");
        _rig.Index.Add("cu130", torch, torch.Bytes(), new string('a', 64));
        var message = await _rig.FailureAsync();
        Assert.Contains(new string('a', 64), message);
        Assert.Contains("its SHA-256 is", message);
        Assert.Empty(Directory.GetFiles(Path.Combine(_rig.Output, ".downloads")));
    }

    [Fact]
    public async Task Download_IndexWithoutSums_IsRefused()
    {
        _rig.Index.HasNoSums = true;
        AddTorch();
        Assert.Contains("gives no SHA-256 for torch-2.11.0+cu130", await _rig.FailureAsync());
        Assert.Empty(_rig.Index.WheelRequests);
    }

    [Fact]
    public async Task Download_Cancelled_KeepsThePartAndInstallsNothing()
    {
        await InstallPreviousAsync();
        var before = _rig.Installed();
        var torch = AddTorch();
        using var cancel = new CancellationTokenSource();
        _rig.Index.Cuts.Enqueue(50_000);
        _rig.Settings = _rig.Settings with
        {
            Progress = progress =>
            {
                if (progress.DoneBytes >= 50_000)
                    cancel.Cancel();
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _rig.RunUntilAsync(cancel.Token));
        Assert.Equal(before, _rig.Installed());
        Assert.Equal(50_000, new FileInfo(Part(torch.File)).Length);
    }

    [Fact]
    public async Task Install_CancelledWhileItIsProven_LeavesNothing()
    {
        await InstallPreviousAsync();
        var before = _rig.Installed();
        AddTorch();
        using var cancel = new CancellationTokenSource();
        _rig.Settings = _rig.Settings with
        {
            VerifyAsync = async (_, token) =>
            {
                await cancel.CancelAsync();
                token.ThrowIfCancellationRequested();
                return null;
            },
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _rig.RunUntilAsync(cancel.Token));
        Assert.Equal(before, _rig.Installed());
    }

    [Fact]
    public async Task Output_IsAFile_SaysSo()
    {
        AddTorch();
        var file = Path.Combine(_rig.Wheels, "file");
        File.WriteAllText(file, "");
        _rig.Settings = _rig.Settings with { Output = file };
        Assert.Equal($"`output {file}`: is a file; give a folder", await _rig.FailureAsync());
        _rig.Settings = _rig.Settings with { Output = file + "/below" };
        Assert.Contains("cannot be written", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Wheels_TwoHoldALibraryOfOneName_OnlyTheSameWillDo()
    {
        AddTorch(WheelMaker.Torch("2.11.0+cu130").Needing("nvidia-a==1").Needing("nvidia-b"));
        _rig.Index.Add(
            "cu130",
            WheelMaker.Nvidia("nvidia-a", "1", "liba.so.13"),
            WheelMaker.Nvidia("nvidia-b", "1", "libb.so.13").With("nvidia/cu13/lib/liba.so.13", "other")
        );
        Assert.Contains("differs from the same file in another wheel", await _rig.FailureAsync());
        _rig.Index.Add("cu130", WheelMaker.Nvidia("nvidia-b", "2", "libb.so.13").With("nvidia/cu13/lib/liba.so.13", "liba.so.13 1"));
        Assert.Equal(SetupState.Installed, (await _rig.RunAsync()).State);
    }

    [Fact]
    public async Task Space_TooLittleForTheDownload_IsSaidBeforehand()
    {
        AddTorch();
        _rig.Machine = _rig.Machine with { FreeBytes = _ => 150_000 };
        Assert.Contains("are free and", await _rig.FailureAsync());
        Assert.Empty(_rig.Index.WheelRequests);
    }

    [Fact]
    public async Task Space_TooLittleForTheLibraries_IsSaidBeforeUnpacking()
    {
        await InstallPreviousAsync();
        AddTorch();
        var asked = 0;
        _rig.Machine = _rig.Machine with { FreeBytes = _ => ++asked == 1 ? long.MaxValue : 1000 };
        Assert.Contains("needed for the libraries", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Space_DiskIsFullWhileUnpacking_LeavesNothing()
    {
        await InstallPreviousAsync();
        using var folder = new InstallationFolder(_rig.Output);
        var before = _rig.Installed();
        var failure = await Assert.ThrowsAsync<InputException>(() =>
            folder.InstallAsync(
                "libtorch-2.11.0+cu130",
                target =>
                {
                    File.WriteAllText(Path.Combine(target, "half"), "half");
                    // A device that is always full.
                    using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
                    full.Write([1]);
                },
                _ => Task.FromResult<string?>(null)
            )
        );
        Assert.Contains("No space left on device", failure.Message);
        Assert.Equal(before, _rig.Installed());
    }

    [Fact]
    public async Task Space_DiskIsFullWhileDownloading_NamesTheFile()
    {
        var torch = AddTorch();
        Directory.CreateDirectory(Path.GetDirectoryName(Part(torch.File))!);
        File.CreateSymbolicLink(Part(torch.File), "/dev/full");
        Assert.Contains($"{Part(torch.File)}: cannot be written", await _rig.FailureAsync());
    }

    [Theory]
    [InlineData("../../evil.so")]
    [InlineData("torch/lib/../../../evil.so")]
    [InlineData("/tmp/evil.so")]
    [InlineData("torch\\lib\\evil.so")]
    public async Task Wheel_PathLeadsOut_IsRefused(string path)
    {
        await InstallPreviousAsync();
        AddTorch(WheelMaker.Torch("2.11.0+cu130").With(path, "evil"));
        Assert.Contains("which is outside of it", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Wheel_HoldsALink_IsRefused()
    {
        var torch = WheelMaker.Torch("2.11.0+cu130");
        torch.UnixType = 0xA000;
        AddTorch(torch);
        Assert.Contains("is a link", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Wheel_RecordNamesOtherSums_IsRefused()
    {
        var torch = WheelMaker.Torch("2.11.0+cu130");
        torch.HasFalseRecord = true;
        AddTorch(torch);
        Assert.Contains("does not match its RECORD", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Wheel_Truncated_IsNoWholeWheel()
    {
        await InstallPreviousAsync();
        var torch = WheelMaker.Torch("2.11.0+cu130");
        // The index itself gives the sum of the truncated file.
        _rig.Index.Add("cu130", torch, torch.Bytes()[..^200], sum: null);
        Assert.Contains("is not a complete wheel", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Wheel_DamagedInside_CannotBeUnpacked()
    {
        _rig.Settings = _rig.Settings with { Index = _rig.Wheels };
        var torch = WheelMaker.Torch("2.11.0+cu130");
        var bytes = torch.Bytes();
        bytes[bytes.AsSpan().IndexOf("cpu of"u8)] ^= 1;
        File.WriteAllBytes(Path.Combine(_rig.Wheels, torch.File), bytes);
        Assert.Contains("torch/lib/libtorch_cpu.so in it", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Wheel_WithoutLibtorch_SaysSo()
    {
        AddTorch(
            new WheelMaker("torch-2.11.0+cu130-cp312-cp312-manylinux_2_28_x86_64.whl").With("torch/version.py", "__version__ = '2.11.0'")
        );
        Assert.Contains("no libtorch_cpu.so in torch-2.11.0+cu130", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Wheels_OneIsMissing_NamesIt()
    {
        AddTorch(WheelMaker.Torch("2.11.0+cu130").Needing("nvidia-nccl-cu13==2.28.9; platform_system == 'Linux'"));
        Assert.Contains("torch needs nvidia-nccl-cu13==2.28.9", await _rig.FailureAsync());
        Assert.Empty(_rig.Index.WheelRequests);
    }
}
