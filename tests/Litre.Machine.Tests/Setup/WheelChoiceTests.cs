using System.Runtime.InteropServices;
using Litre.Machine.Setup;
using Shared;

namespace Litre.Machine.Tests.Setup;

public sealed class WheelChoiceTests : IDisposable
{
    private readonly SetupRig _rig = new();

    public WheelChoiceTests()
    {
        _rig.Settings = _rig.Settings with { DryRun = true };
        foreach (var machine in (string[])["x86_64", "aarch64"])
        {
            _rig.Index.Add("cu126", WheelMaker.Torch("2.9.1+cu126", machine), WheelMaker.Torch("2.11.0+cu126", machine));
            _rig.Index.Add("cu128", WheelMaker.Torch("2.10.0+cu128", machine), WheelMaker.Torch("2.11.0+cu128", machine));
            _rig.Index.Add(
                "cu130",
                WheelMaker.Torch("2.10.0+cu130", machine),
                WheelMaker.Torch("2.11.0+cu130", machine),
                WheelMaker.Torch("2.11.0+cu130", machine, "cp313"),
                WheelMaker.Torch("2.12.0rc1+cu130", machine)
            );
            _rig.Index.Add("cu132", WheelMaker.Torch("2.12.0+cu132", machine));
            _rig.Index.Add("cpu", WheelMaker.Torch("2.11.0+cpu", machine));
        }
    }

    public void Dispose() => _rig.Dispose();

    private async Task<string> ChosenAsync() => (await _rig.RunAsync()).Wheels[0].File;

    [Theory]
    [InlineData("13.0", "9.0", "2.11.0+cu130")] // not the candidate, not the newer build
    [InlineData("13.2", "9.0", "2.12.0+cu132")]
    [InlineData("12.8", "9.0", "2.11.0+cu128")]
    [InlineData("12.4", "9.0", "2.11.0+cu126")] // minor version compatibility
    [InlineData("12.4", "12.0", "2.11.0+cu128")] // no kernels for it in cu126
    [InlineData("13.0", "7.0", "2.11.0+cu126")] // no kernels for it since cu128
    [InlineData("13.0", "12.1", "2.11.0+cu130")]
    public async Task Choose_DriverAndDevice_DecideTheBuild(string driver, string compute, string version)
    {
        foreach (var (architecture, machine) in ((Architecture, string)[])[(Architecture.X64, "x86_64"), (Architecture.Arm64, "aarch64")])
        {
            _rig.Machine = _rig.Machine with
            {
                DriverCuda = Version.Parse(driver),
                Compute = Version.Parse(compute),
                Architecture = architecture,
            };
            var chosen = await ChosenAsync();
            Assert.StartsWith($"torch-{version}-cp31", chosen);
            Assert.EndsWith($"_{machine}.whl", chosen);
        }
    }

    [Fact]
    public async Task Choose_SeveralPythons_TakesOneAndTheNewest() => Assert.Contains("cp313", await ChosenAsync());

    [Fact]
    public async Task Choose_VersionAsked_TakesIt()
    {
        _rig.Settings = _rig.Settings with { Version = "2.10.0" };
        Assert.StartsWith("torch-2.10.0+cu130-", await ChosenAsync());
    }

    [Fact]
    public async Task Choose_BuildAsked_NeedsNoDriver()
    {
        _rig.Machine = _rig.Machine with { DriverCuda = null, Compute = null };
        _rig.Settings = _rig.Settings with { Cuda = "cu128" };
        Assert.StartsWith("torch-2.11.0+cu128-", await ChosenAsync());
        _rig.Settings = _rig.Settings with { Cuda = "cpu" };
        Assert.StartsWith("torch-2.11.0+cpu-", await ChosenAsync());
    }

    [Fact]
    public async Task Choose_AddressNamesABuild_LooksNowhereElse()
    {
        _rig.Settings = _rig.Settings with { Index = _rig.Index.Address + "/cu128/" };
        Assert.StartsWith("torch-2.11.0+cu128-", await ChosenAsync());
        _rig.Settings = _rig.Settings with { Cuda = "cu130" };
        Assert.Contains("contains only cu128", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Choose_NoDriver_SaysWhyAndWhatToDo()
    {
        _rig.Machine = _rig.Machine with { DriverCuda = null, DriverReason = "libcuda.so.1 was not found: no NVIDIA driver is installed" };
        var message = await _rig.FailureAsync();
        Assert.StartsWith("setup: libcuda.so.1 was not found: no NVIDIA driver is installed; ", message);
        Assert.Contains("`cpu`", message);
        Assert.Empty(_rig.Index.Requests);
    }

    [Fact]
    public async Task Choose_OldDriver_SaysWhichCudaIsNeeded()
    {
        _rig.Machine = _rig.Machine with { DriverCuda = new Version(11, 4) };
        Assert.Contains("supports CUDA 11.4", await _rig.FailureAsync());
    }

    [Theory]
    [InlineData("2.14.0", "there are 2.12.0+cu132, 2.12.0rc1+cu130, 2.11.0+cu130")]
    [InlineData("2.9.1", "is older than 2.10")]
    [InlineData("newest", "is not a version")]
    public async Task Choose_VersionNotThere_SaysWhatIs(string version, string expected)
    {
        _rig.Settings = _rig.Settings with { Version = version };
        Assert.Contains(expected, await _rig.FailureAsync());
    }

    [Fact]
    public async Task Choose_BuildIsNone_SaysSo()
    {
        _rig.Settings = _rig.Settings with { Cuda = "rocm6.4" };
        Assert.StartsWith("`cuda rocm6.4`: is not a build of PyTorch", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Index_IsNone_SaysSo()
    {
        using var other = new WheelServer();
        _rig.Settings = _rig.Settings with { Index = other.Address };
        Assert.Contains("has no wheel of torch for any of cu130", await _rig.FailureAsync());
        other.AddPage("/whl/cu130/torch/", "<html><body>Welcome to this router</body></html>");
        Assert.Contains("is not a page of links to wheels", await _rig.FailureAsync());
    }

    [Fact]
    public async Task Index_NobodyListens_SaysSo()
    {
        var gone = new WheelServer();
        var address = gone.Address;
        gone.Dispose();
        _rig.Settings = _rig.Settings with { Index = address };
        Assert.StartsWith($"`index {address}`: ", await _rig.FailureAsync());
    }

    [Theory]
    [InlineData("ftp://127.0.0.1/whl")]
    [InlineData("no/such/folder")]
    public async Task Index_NeitherAddressNorFolder_SaysSo(string index)
    {
        _rig.Settings = _rig.Settings with { Index = index };
        Assert.StartsWith($"`index {index}`: is neither an http address nor an existing folder", await _rig.FailureAsync());
    }

    [Theory]
    [InlineData("13.1.0.3", "==13.1.0.3.*", true)]
    [InlineData("13.1.0.30", "==13.1.0.3.*", false)]
    [InlineData("2.11.0+cu130", "==2.11", true)]
    [InlineData("2.11.0+cu130", "==2.11.0+cu128", false)]
    [InlineData("12.9.4", "<13,>=12.9.4", true)]
    [InlineData("13.0.0", "<13,>=12.9.4", false)]
    [InlineData("3.6.2", "~=3.6.1", true)]
    [InlineData("3.7.0", "~=3.6.1", false)]
    [InlineData("1.0", "", true)]
    public void Version_Specifiers_AreThoseOfPython(string version, string specifiers, bool satisfies) =>
        Assert.Equal(satisfies, PackageVersion.Parse(version)!.Satisfies(specifiers));

    [Theory]
    [InlineData("platform_system == \"Linux\"", true)]
    [InlineData("platform_system == 'Windows' or sys_platform == 'darwin'", false)]
    [InlineData("platform_system == \"Linux\" and platform_machine == \"x86_64\"", false)]
    [InlineData("'aarch64' == platform_machine and (extra == 'nvrtc' or extra == 'cufft')", true)]
    [InlineData("extra == 'opt-einsum'", false)]
    [InlineData("python_version < '3.15' and platform_machine not in 'x86_64 AMD64'", true)]
    [InlineData("platform_system == 'Windows' and python_version >= '3.9'", false)]
    public void Marker_OnArm64WithNvrtc_Holds(string marker, bool holds) =>
        Assert.Equal(holds, Marker.IsSatisfied(marker, Architecture.Arm64, ["nvrtc"]));
}
