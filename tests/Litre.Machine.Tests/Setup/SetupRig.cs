using System.Runtime.InteropServices;
using Litre.Core;
using Litre.Machine.Setup;
using Shared;

namespace Litre.Machine.Tests.Setup;

/// <summary>A machine, an index and an empty folder to install into.</summary>
internal sealed class SetupRig : IDisposable
{
    public const string Cublas = "nvidia-cublas";

    private readonly string _root = Directory.CreateTempSubdirectory("litre-setup-").FullName;

    public SetupRig()
    {
        Settings = new SetupSettings
        {
            Index = Index.Address,
            Output = Output,
            VerifyAsync = ProveAsync,
            Notice = Notices.Add,
        };
    }

    public WheelServer Index { get; } = new();

    public string Home => Path.Combine(_root, "home");

    public string Output => Path.Combine(Home, ".litre");

    public string Wheels => Directory.CreateDirectory(Path.Combine(_root, "wheels")).FullName;

    public List<string> Notices { get; } = [];

    /// <summary>Folders that were to be proven, and what is answered.</summary>
    public List<string> Proven { get; } = [];

    public string? Refusal { get; set; }

    public SetupSettings Settings { get; set; }

    public SetupMachine Machine { get; set; } =
        new()
        {
            Architecture = Architecture.X64,
            DriverCuda = new Version(13, 0),
            Compute = new Version(9, 0),
            FreeBytes = _ => long.MaxValue,
            RetryDelay = TimeSpan.FromMilliseconds(1),
        };

    public Task<SetupResult> RunAsync() => RunUntilAsync(TestContext.Current.CancellationToken);

    public Task<SetupResult> RunUntilAsync(CancellationToken cancel) => LibtorchSetup.RunAsync(Settings, Machine, cancel);

    /// <summary>The one line of an error; checks that nothing is installed and nothing half.</summary>
    public async Task<string> FailureAsync()
    {
        var before = Installed();
        var message = (await Assert.ThrowsAsync<InputException>(() => RunAsync())).Message;
        Assert.DoesNotContain('\n', message);
        Assert.Equal(before, Installed());
        return message;
    }

    /// <summary>A torch with CUDA that needs one library of NVIDIA's through the toolkit and one directly.</summary>
    public void AddUsual(string version = "2.11.0", string build = "cu130") =>
        Index.Add(
            build,
            WheelMaker
                .Torch($"{version}+{build}")
                .Needing("cuda-toolkit[cublas,nvrtc]==13.0.2; platform_system == \"Linux\"")
                .Needing("nvidia-cudnn-cu13==9.19.0.56; platform_system == \"Linux\"")
                .Needing("triton==3.6.0; platform_system == \"Linux\"")
                .Needing("sympy>=1.13.3"),
            new WheelMaker("cuda_toolkit-13.0.2-py2.py3-none-any.whl")
                .Needing("nvidia-cublas==13.1.0.3.*; (sys_platform == 'linux' or sys_platform == \"win32\") and extra == 'cublas'")
                .Needing("nvidia-cufft==12.0.0.61.*; (sys_platform == 'linux') and extra == 'cufft'"),
            WheelMaker.Nvidia(Cublas, "13.1.0.3", "libcublas.so.13"),
            WheelMaker.Nvidia(Cublas, "13.2.0.1", "libcublas.so.13"),
            WheelMaker.Nvidia("nvidia-cudnn-cu13", "9.19.0.56", "libcudnn.so.9")
        );

    /// <summary>Files below the output folder that are no downloads.</summary>
    public IReadOnlyList<string> Installed() =>
        !Directory.Exists(Output)
            ? []
            :
            [
                .. Directory
                    .GetFiles(Output, "*", SearchOption.AllDirectories)
                    .Select(file => Path.GetRelativePath(Output, file))
                    .Where(file => !file.StartsWith(".downloads", StringComparison.Ordinal) && file != ".setup.lock")
                    .Order(StringComparer.Ordinal),
            ];

    public string Read(string file) => File.ReadAllText(Path.Combine(Output, file));

    public void Dispose()
    {
        Index.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private Task<string?> ProveAsync(string folder, CancellationToken cancel)
    {
        Proven.Add(Path.GetFileName(folder));
        return Task.FromResult(Refusal);
    }
}
