using Litre.Torch.Loading;

namespace Litre.Torch.Tests.Loading;

public sealed class PythonPackagesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-python-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void FindInPath_VirtualEnvironment_GivesTheTorchNextToTheFirstPython()
    {
        var torch = Directory.CreateDirectory(Path.Combine(_folder, "venv", "lib", "python3.12", "site-packages", "torch")).FullName;
        var (first, second) = (Bin("venv"), Bin("system"));
        Assert.Equal(torch, PythonPackages.FindInPath($"{_folder}:{first}:{second}"));
        // Only the first python3 counts, as for a shell.
        Assert.Null(PythonPackages.FindInPath($"{second}:{first}"));
        Assert.Null(PythonPackages.FindInPath(_folder));
        Assert.Null(PythonPackages.FindInPath(null));
    }

    private string Bin(string environment)
    {
        var bin = Directory.CreateDirectory(Path.Combine(_folder, environment, "bin")).FullName;
        File.WriteAllText(Path.Combine(bin, "python3"), "");
        return bin;
    }
}
