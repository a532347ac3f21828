using System.Runtime.InteropServices;
using Litre.Torch.Loading;

namespace Shared;

/// <summary>An empty machine in a temporary folder: no variables, no Python, no GPU, no packages.</summary>
internal sealed class FakeMachine : IDisposable
{
    public FakeMachine()
    {
        Root = Directory.CreateTempSubdirectory("litre-libtorch-").FullName;
        Surroundings = new LibtorchEnvironment
        {
            Variable = name => Variables.GetValueOrDefault(name),
            Home = Path.Combine(Root, "home"),
            ProgramFolder = Path.Combine(Root, "program"),
            CudaDevices = 0,
            Architecture = Architecture.X64,
            CpuPackageVersion = "2.10.0",
            AskPython = () => (null, "not installed"),
            PackageFolders = () => [],
        };
    }

    public string Root { get; }

    public Dictionary<string, string> Variables { get; } = [];

    public LibtorchEnvironment Surroundings { get; set; }

    /// <summary>Lays out what looks like libtorch and is none: the files are there, the system loader refuses them.</summary>
    public string AddBuild(string folder, string? version = null, bool cuda = false)
    {
        var libraries = Directory.CreateDirectory(Path.Combine(Root, folder, "lib")).FullName;
        File.WriteAllText(Path.Combine(libraries, LibtorchBuild.CpuLibrary), "not a library");
        if (cuda)
            File.WriteAllText(Path.Combine(libraries, LibtorchBuild.CudaLibrary), "not a library");
        if (version is not null)
            File.WriteAllText(Path.Combine(Root, folder, "version.py"), $"from typing import Optional\n__version__ = '{version}'\n");
        return Path.Combine(Root, folder);
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
