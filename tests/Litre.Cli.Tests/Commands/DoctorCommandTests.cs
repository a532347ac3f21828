using System.Text.Json;

namespace Litre.Cli.Tests.Commands;

public sealed class DoctorCommandTests : IDisposable
{
    private readonly string _empty = Directory.CreateTempSubdirectory("litre-doctor-").FullName;

    public void Dispose() => Directory.Delete(_empty, recursive: true);

    [Fact]
    public void Doctor_ThisMachine_NamesTheBuildThatWasTaken()
    {
        var litre = LitreProcess.Run("doctor", "--libtorch");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Single(litre.Output.Split('\n'), line => line.StartsWith("  * ", StringComparison.Ordinal));
        Assert.Contains("libtorch  ", litre.Output);
        Assert.DoesNotContain('\u001b', litre.Output);
        Assert.Empty(litre.Error);
    }

    [Fact]
    public void Doctor_Json_IsOneDocumentThatNamesTheFolder()
    {
        var litre = LitreProcess.Run("doctor", "--libtorch", "--json");
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        using var document = JsonDocument.Parse(litre.Output);
        var root = document.RootElement;
        Assert.True(File.Exists(Path.Combine(root.GetProperty("libtorch").GetProperty("folder").GetString()!, "libtorch_cpu.so")));
        Assert.Single(root.GetProperty("attempts").EnumerateArray(), attempt => attempt.GetProperty("taken").GetBoolean());
        Assert.Equal(JsonValueKind.Array, root.GetProperty("devices").ValueKind);
    }

    [Fact]
    public void Doctor_VariableNamesAnEmptyFolder_SaysSoAndTakesNothingElse()
    {
        var litre = LitreProcess.RunWith(new() { ["LITRE_LIBTORCH"] = _empty }, "doctor", "--libtorch");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Contains("no libtorch_cpu.so there", litre.Output);
        Assert.DoesNotContain("  * ", litre.Output);
        Assert.StartsWith($"litre: LITRE_LIBTORCH={_empty}: no libtorch_cpu.so there", litre.Error);
        Assert.Equal(1, litre.Error.Count(c => c == '\n'));
    }

    [Fact]
    public void Doctor_VariableNamesTheTakenFolder_TakesItByOrder()
    {
        using var found = JsonDocument.Parse(LitreProcess.Run("doctor", "--json").Output);
        var folder = found.RootElement.GetProperty("libtorch").GetProperty("folder").GetString()!;

        using var ordered = JsonDocument.Parse(LitreProcess.RunWith(new() { ["LITRE_LIBTORCH"] = folder }, "doctor", "--json").Output);
        Assert.Equal("LITRE_LIBTORCH", ordered.RootElement.GetProperty("libtorch").GetProperty("source").GetString());
        Assert.Equal(1, ordered.RootElement.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public void Doctor_NeededLibraryLiesInAnNvidiaFolder_LoadsWithoutALibraryPath()
    {
        using var found = JsonDocument.Parse(LitreProcess.Run("doctor", "--json").Output);
        var libtorch = found.RootElement.GetProperty("libtorch");
        Assert.SkipWhen(libtorch.GetProperty("cuda").GetBoolean(), "needs a CPU build, whose libraries are few");
        var folder = libtorch.GetProperty("folder").GetString()!;

        // The layout of Python's packages: torch/lib, and what it needs in nvidia/<package>/lib.
        const string Moved = "libc10.so";
        var torch = Directory.CreateDirectory(Path.Combine(_empty, "torch", "lib")).FullName;
        var nvidia = Directory.CreateDirectory(Path.Combine(_empty, "nvidia", "core", "lib")).FullName;
        foreach (var library in Directory.GetFiles(folder, "libgomp*").Append(Path.Combine(folder, "libtorch_cpu.so")))
            File.CreateSymbolicLink(Path.Combine(torch, Path.GetFileName(library)), library);

        var variables = new Dictionary<string, string?> { ["LITRE_LIBTORCH"] = _empty };
        var without = LitreProcess.RunWith(variables, "doctor");
        Assert.Equal(ExitCode.BadInput, without.ExitCode);
        Assert.Contains(Moved, without.Error);

        File.CreateSymbolicLink(Path.Combine(nvidia, Moved), Path.Combine(folder, Moved));
        var with = LitreProcess.RunWith(variables, "doctor");
        Assert.True(with.ExitCode == ExitCode.Success, with.Error);
    }

    [Fact]
    public void Doctor_ForcedColours_AreLeftOutOfAPipe()
    {
        var litre = LitreProcess.RunWith(new() { ["TERM"] = "xterm-256color", ["COLORTERM"] = "truecolor" }, "doctor");
        Assert.DoesNotContain('\u001b', litre.Output);
    }
}
