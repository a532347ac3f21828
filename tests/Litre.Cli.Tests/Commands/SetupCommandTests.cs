using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Torch;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class SetupCommandTests : IDisposable
{
    private static readonly string Machine =
        RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "aarch64" : "x86_64";

    private readonly WheelServer _index = new();
    private readonly string _home = Directory.CreateTempSubdirectory("litre-home-").FullName;

    public void Dispose()
    {
        _index.Dispose();
        Directory.Delete(_home, recursive: true);
    }

    private LitreProcess Run(params string[] arguments) =>
        LitreProcess.RunWith(new() { ["HOME"] = _home, ["DOTNET_CLI_HOME"] = _home }, ["setup", "--index", _index.Address, .. arguments]);

    private void AddLibtorch(string version) =>
        _index.Add("cpu", WheelMaker.Torch($"{version}+cpu", Machine).With("torch/lib/libtorch_cpu.so", FakeLibrary.Libtorch(2, 11)));

    private string[] Installed() =>
        Directory.Exists(Path.Combine(_home, ".litre"))
            ?
            [
                .. Directory
                    .GetDirectories(Path.Combine(_home, ".litre"))
                    .Select(folder => Path.GetFileName(folder)!)
                    .Where(name => name != ".downloads"),
            ]
            : [];

    private static void AssertMistake(LitreProcess litre, string expected)
    {
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        var line = Assert.Single(
            litre.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries),
            line => line.StartsWith("litre: ", StringComparison.Ordinal)
        );
        Assert.Contains(expected, line);
        Assert.DoesNotContain("   at ", litre.Error);
        Assert.Empty(litre.Output);
    }

    [Fact]
    public void Setup_FromAnIndex_InstallsWhatDoctorLoads()
    {
        AddLibtorch("2.11.0");
        var setup = Run("--cpu", "--json");
        Assert.True(setup.ExitCode == ExitCode.Success, setup.Error);
        var result = JsonDocument.Parse(setup.Output).RootElement;
        var folder = Path.Combine(_home, ".litre", "libtorch-2.11.0+cpu");
        Assert.Equal(folder, result.GetProperty("folder").GetString());
        Assert.Equal("installed", result.GetProperty("state").GetString());
        Assert.True(result.GetProperty("is_found").GetBoolean());
        Assert.Contains("loading it to verify it", setup.Error);
        Assert.DoesNotContain('\r', setup.Error);

        var doctor = LitreProcess.RunWith(new() { ["LITRE_LIBTORCH"] = folder }, "doctor", "--json");
        Assert.Equal(
            "2.11.0+cpu",
            JsonDocument.Parse(doctor.Output).RootElement.GetProperty("libtorch").GetProperty("version").GetString()
        );

        var again = Run("--cpu");
        Assert.Equal(
            $"libtorch 2.11.0+cpu is already installed and loads: {folder}\nlitre doctor --libtorch shows which libtorch is used\n",
            again.Output
        );
    }

    [Fact]
    public void Setup_OtherFolder_SaysHowToUseIt()
    {
        AddLibtorch("2.11.0");
        var output = Path.Combine(_home, "elsewhere");
        Assert.EndsWith($"to use it: export LITRE_LIBTORCH={output}/libtorch-2.11.0+cpu\n", Run("--cpu", "--output", output).Output);
    }

    [Fact]
    public void Setup_LibraryDoesNotLoad_KeepsThePreviousAndSaysWhy()
    {
        AddLibtorch("2.11.0");
        Assert.Equal(ExitCode.Success, Run("--cpu").ExitCode);
        _index.Add("cpu", WheelMaker.Torch("2.12.0+cpu", Machine));
        AssertMistake(Run("--cpu"), "libtorch-2.12.0+cpu: was unpacked but does not load (");
        Assert.Equal(["libtorch-2.11.0+cpu"], Installed());
    }

    [Fact]
    public void Setup_DryRun_ListsAddressesAndWritesNothing()
    {
        AddLibtorch("2.10.0");
        AddLibtorch("2.11.0");
        var litre = Run("--cpu", "--version", "2.10.0", "--dry-run");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Contains($"{_index.Address}/cpu/torch-2.10.0%2Bcpu-cp312", litre.Output);
        Assert.Contains("would install libtorch 2.10.0+cpu", litre.Output);
        Assert.False(Directory.Exists(Path.Combine(_home, ".litre")));
    }

    [Fact]
    public async Task Setup_Interrupted_EndsWith130AndInstallsNothing()
    {
        AddLibtorch("2.11.0");
        using var asked = new ManualResetEventSlim();
        using var stopped = new ManualResetEventSlim();
        _index.BeforeWheel = () =>
        {
            asked.Set();
            stopped.Wait(TimeSpan.FromMinutes(1));
        };
        var start = new ProcessStartInfo(
            "dotnet",
            [Path.Combine(AppContext.BaseDirectory, "litre.dll"), "setup", "--cpu", "--index", _index.Address]
        )
        {
            RedirectStandardError = true,
        };
        start.Environment["HOME"] = _home;
        using var process = Process.Start(start)!;
        Assert.True(asked.Wait(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken));
        using (var kill = Process.Start("kill", ["-INT", process.Id.ToString()]))
            await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
        var error = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        stopped.Set();
        Assert.Equal(ExitCode.Cancelled, process.ExitCode);
        Assert.EndsWith("litre: stopping; downloaded data are kept, and nothing is installed\nlitre: stopped\n", error);
        Assert.Empty(Installed());
    }

    [Fact]
    public void Setup_NoDriverAndNoOrder_SaysWhatToGive()
    {
        Assert.SkipUnless(CudaDriver.DeviceCount == 0, "needs a machine without a GPU");
        AssertMistake(Run(), "--cpu for a build without CUDA");
    }

    [Fact]
    public void Setup_CpuAndCuda_IsAMistake() => AssertMistake(Run("--cpu", "--cuda", "cu130"), "only one build can be installed");

    [Fact]
    public void Setup_EmptyIndex_IsAMistake() => AssertMistake(Run("--cpu"), "has no wheel of torch for any of cpu");
}
