using System.Diagnostics;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Core;

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
        using var found = JsonDocument.Parse(LitreProcess.Run("doctor", "--libtorch", "--json").Output);
        var folder = found.RootElement.GetProperty("libtorch").GetProperty("folder").GetString()!;

        using var ordered = JsonDocument.Parse(
            LitreProcess.RunWith(new() { ["LITRE_LIBTORCH"] = folder }, "doctor", "--libtorch", "--json").Output
        );
        Assert.Equal("LITRE_LIBTORCH", ordered.RootElement.GetProperty("libtorch").GetProperty("source").GetString());
        Assert.Equal(1, ordered.RootElement.GetProperty("attempts").GetArrayLength());
    }

    [Fact]
    public void Doctor_NeededLibraryLiesInAnNvidiaFolder_LoadsWithoutALibraryPath()
    {
        using var found = JsonDocument.Parse(LitreProcess.Run("doctor", "--libtorch", "--json").Output);
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
        var without = LitreProcess.RunWith(variables, "doctor", "--libtorch");
        Assert.Equal(ExitCode.BadInput, without.ExitCode);
        Assert.Contains(Moved, without.Error);

        File.CreateSymbolicLink(Path.Combine(nvidia, Moved), Path.Combine(folder, Moved));
        var with = LitreProcess.RunWith(variables, "doctor", "--libtorch");
        Assert.True(with.ExitCode == ExitCode.Success, with.Error);
    }

    [Fact]
    public void Doctor_ForcedColours_AreLeftOutOfAPipe()
    {
        var litre = LitreProcess.RunWith(new() { ["TERM"] = "xterm-256color", ["COLORTERM"] = "truecolor" }, "doctor");
        Assert.DoesNotContain('\u001b', litre.Output);
    }

    [Fact]
    public void Doctor_ThisMachine_JudgesEveryGroupInFewLines()
    {
        var clock = Stopwatch.StartNew();
        var litre = LitreProcess.Run("doctor", "--output", _empty);
        Assert.InRange(clock.Elapsed.TotalSeconds, 0, 60);
        Assert.InRange(litre.ExitCode, ExitCode.Success, ExitCode.CheckFailed);
        var lines = litre.Output.TrimEnd('\n').Split('\n');
        Assert.InRange(lines.Length, 20, 60);
        string[] groups = ["Machine", "Engine", "Operators on ", "Disk", "Sensors", "Network"];
        Assert.Equal(
            groups,
            lines
                .Where(line => line.Length > 0 && line[0] != ' ')
                .SkipLast(1)
                .Select(line => groups.FirstOrDefault(g => line.StartsWith(g, StringComparison.Ordinal)) ?? line)
        );
        Assert.StartsWith(litre.ExitCode == ExitCode.Success ? "Ready: " : "Not ready: ", lines[^1]);
        Assert.Empty(litre.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_empty));
    }

    [Fact]
    public void Doctor_FullJson_IsOneObjectWithRowsAndAdvice()
    {
        var litre = LitreProcess.Run("doctor", "--json", "--device", "cpu", "--output", _empty);
        using var document = JsonDocument.Parse(litre.Output);
        var root = document.RootElement;
        Assert.Equal(litre.ExitCode == ExitCode.Success, root.GetProperty("ready").GetBoolean());
        Assert.Equal("cpu", root.GetProperty("operators_on").GetString());
        var rows = root.GetProperty("operators").EnumerateArray().ToList();
        Assert.All(
            rows,
            row =>
                Assert.True(
                    row.GetProperty("ok").GetBoolean() && row.GetProperty("error").GetDouble() <= row.GetProperty("tolerance").GetDouble(),
                    row.ToString()
                )
        );
        Assert.Contains(rows, row => row.GetProperty("operator").GetString() == "grouped mm" && row.GetProperty("fallback").GetBoolean());
        Assert.All(
            root.GetProperty("findings").EnumerateArray(),
            finding =>
                Assert.Equal(
                    finding.GetProperty("verdict").GetString() == "ok",
                    finding.GetProperty("to_do").ValueKind == JsonValueKind.Null
                )
        );
        Assert.True(File.Exists(Path.Combine(root.GetProperty("libtorch").GetProperty("folder").GetString()!, "libtorch_cpu.so")));
    }

    [Fact]
    public void Doctor_NoGpu_NotesItWithOneLineOfAdvice()
    {
        // The driver, where there is one, shows no device to this process.
        var litre = LitreProcess.RunWith(new() { ["CUDA_VISIBLE_DEVICES"] = "-1" }, "doctor", "--output", _empty);
        Assert.Equal(ExitCode.Success, litre.ExitCode);
        Assert.Matches(@"\n  note     GPU +none: [^\n]+\n +to do: [^\n]*litre setup[^\n]*\n", litre.Output);
        Assert.Contains("Operators on cpu", litre.Output);
        Assert.Empty(litre.Error);
    }

    public static TheoryData<string, string> Broken =>
        new()
        {
            { "no library", "libtorch_cpu.so: " },
            { "no dispatcher", "does not export torch_call_dispatcher" },
            { "functions missing", "lacks aoti_torch_" },
            { "old by its files", "version 2.9.1 is older than 2.10" },
            { "old by its interface", "its interface is version 2.9.0, older than 2.10" },
            { "no folder", "no such folder" },
        };

    [Theory]
    [MemberData(nameof(Broken))]
    public void Doctor_LibtorchThatCannotBeUsed_SaysWhyAndWhatToDoInOneLine(string how, string why)
    {
        var folder = Path.Combine(_empty, "torch");
        if (how != "no folder")
            Directory.CreateDirectory(folder);
        var library = Path.Combine(folder, "libtorch_cpu.so");
        if (how == "no library")
            File.WriteAllText(library, "not a library, but long enough for the loader to look at its first bytes and at those behind them");
        if (how == "no dispatcher")
            File.WriteAllBytes(library, FakeLibrary.Libtorch(2, 11, dispatcher: "torch_call_despatcher"));
        if (how == "functions missing")
            File.WriteAllBytes(library, FakeLibrary.Libtorch(2, 11));
        if (how == "old by its interface")
            File.WriteAllBytes(library, FakeLibrary.Libtorch(2, 9));
        if (how == "old by its files")
        {
            File.WriteAllText(library, "never looked at");
            File.WriteAllText(Path.Combine(_empty, "version.py"), "__version__ = '2.9.1'\n");
        }
        var litre = LitreProcess.RunWith(new() { ["LITRE_LIBTORCH"] = folder }, "doctor", "--output", _empty);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: [^\n]+\n$", litre.Error);
        Assert.Contains(why, litre.Error);
        Assert.Contains("litre setup", litre.Error);
        Assert.Contains("  problem  libtorch ", litre.Output);
        Assert.Contains("Not ready: 1 problem in Engine (libtorch); nothing can be computed.", litre.Output);
        // The rest of the machine is looked at all the same.
        Assert.Contains("read rate", litre.Output);
        Assert.DoesNotContain("Operators", litre.Output);
        Assert.DoesNotContain("   at ", litre.Output + litre.Error);
    }

    [Fact]
    public void Doctor_SimulatedMachine_TellsItsSensorsAndLinks()
    {
        var machine = Path.Combine(_empty, "machine");
        foreach (
            var (path, text) in (ReadOnlySpan<(string, string)>)
                [
                    ("proc/meminfo", "MemTotal: 104857600 kB\nMemAvailable: 94371840 kB\n"),
                    ("proc/cpuinfo", "model name\t: Simulated\n"),
                    ("gpu", "temperature_c 91\n"),
                    ("sys/class/infiniband/mlx5_0/ports/1/state", "4: ACTIVE\n"),
                    ("sys/class/infiniband/mlx5_0/ports/1/rate", "200 Gb/sec (4X HDR)\n"),
                ]
        )
        {
            Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(machine, path))!);
            File.WriteAllText(Path.Combine(machine, path), text);
        }
        var litre = LitreProcess.RunWith(new() { [HostEnvironment.Machine] = machine }, "doctor", "--device", "cpu", "--output", _empty);
        Assert.Contains("Simulated, ", litre.Output);
        Assert.Contains("90.0 of 100.0 GiB available", litre.Output);
        Assert.Contains("  note     temperature    91 C, the governor's limit is 85 C", litre.Output);
        Assert.Contains("not readable: no /proc/pressure/memory", litre.Output);
        Assert.Contains("RDMA is up: mlx5_0 port 1 (200 Gb/sec (4X HDR))", litre.Output);
    }

    [Fact]
    public void Doctor_UnknownModel_OneLine()
    {
        var litre = LitreProcess.Run("doctor", "--model", "nowhere");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches("^litre: --model nowhere: [^\n]+\n$", litre.Error);
    }
}
