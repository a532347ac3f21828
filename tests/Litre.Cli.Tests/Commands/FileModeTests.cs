using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Core.Files;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>What commands write, and who can read it: their owner alone. The audit log names what went into a run.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FileModeTests : IDisposable
{
    private readonly SmallCheckpoint _small = new();

    public void Dispose() => _small.Dispose();

    private LitreProcess Litre(params string[] arguments)
    {
        Dictionary<string, string?> variables = new() { ["LITRE_STATE"] = _small.In("state"), ["LITRE_FEATURES"] = _small.In("features") };
        return LitreProcess.RunWith(variables, arguments);
    }

    [Fact]
    public void Commands_WhateverTheyWrite_IsReadableByItsOwnerAlone()
    {
        _small.AddRows("rows.jsonl", 10);
        Directory.CreateDirectory(_small.In("images"));
        File.Copy(_small.Image, _small.In("images", "a.png"));
        var given = Directory.EnumerateFileSystemEntries(_small.Folder, "*", SearchOption.AllDirectories).ToHashSet();

        Succeed(_small.TuneArguments("run", "--max-steps", "2", "--max-new-tokens", "2"));
        var best = _small.In("run", "best");
        string[] model = ["--model", _small.Model, "--adapter", best, "--device", "cpu"];
        Succeed([
            "batch",
            .. model,
            "--images",
            _small.In("images"),
            "--output",
            _small.In("answers.jsonl"),
            "--max-new-tokens",
            "2",
            "--prompt",
            "What?",
        ]);
        Succeed(["export", .. model, "--to", "merged", "--output", _small.In("merged"), "--dtype", "float32"]);
        Succeed(["export", .. model, "--to", "peft", "--output", _small.In("peft"), "--dtype", "float32"]);
        Succeed(["data", "make", "drawings", "--train", "2", "--test", "1", "--output", _small.In("made")]);
        Succeed("key", "new", "cad");

        var written = Directory
            .EnumerateFileSystemEntries(_small.Folder, "*", SearchOption.AllDirectories)
            .Where(path => !given.Contains(path))
            .ToList();
        foreach (var place in (string[])["run", "answers.jsonl", "merged", "peft", "made", "state", "features"])
            Assert.Contains(_small.In(place), written);
        Assert.Equal([], written.Where(PrivateFiles.IsOpenToOthers));
        CheckTheLog();

        void Succeed(params string[] arguments)
        {
            var litre = Litre(arguments);
            Assert.True(litre.ExitCode == ExitCode.Success, $"{string.Join(' ', arguments)}: {litre.Error}");
        }
    }

    // Else the assertion above would hold for files that everybody can read.
    [Fact]
    public void IsOpenToOthers_FileThatOthersCanRead_IsTrue()
    {
        File.SetUnixFileMode(_small.Model, PrivateFiles.OwnerFolder | UnixFileMode.OtherExecute);
        Assert.True(PrivateFiles.IsOpenToOthers(_small.Model));
        File.SetUnixFileMode(_small.Model, PrivateFiles.OwnerFolder);
        Assert.False(PrivateFiles.IsOpenToOthers(_small.Model));
    }

    [Fact]
    public void Tune_LogThatCannotBeWritten_StopsOnlyARunThatRequiresIt()
    {
        _small.AddRows("rows.jsonl", 10);
        _small.Write("a file, not a folder", "state");
        string[] options = ["--max-steps", "1", "--eval", "none", "--audit"];
        var required = Litre(_small.TuneArguments("required", [.. options, "required"]));
        Assert.Equal(ExitCode.BadInput, required.ExitCode);
        Assert.Contains("LITRE_STATE", required.Error);
        Assert.False(Directory.Exists(_small.In("required")));
        var on = Litre(_small.TuneArguments("on", [.. options, "on"]));
        Assert.True(on.ExitCode == ExitCode.Success, on.Error);
        Assert.Contains("this run is not recorded", on.Output + on.Error);
        var off = Litre(_small.TuneArguments("off", [.. options, "off"]));
        Assert.True(off.ExitCode == ExitCode.Success, off.Error);
        Assert.DoesNotContain("not recorded", off.Output + off.Error);
    }

    private void CheckTheLog()
    {
        var lines = File.ReadAllLines(_small.In("state", "audit", "audit-000001.jsonl"))
            .Select(line => JsonDocument.Parse(line).RootElement)
            .ToList();
        Assert.Equal(["run_started", "run_ended", "key_created"], lines.Select(line => line.GetProperty("kind").GetString()));
        var (start, end) = (lines[0], lines[1]);
        var file = Assert.Single(start.GetProperty("files").EnumerateArray());
        Assert.Equal(Path.Combine(_small.Data, "rows.jsonl"), file.GetProperty("path").GetString());
        Assert.Equal(Hash(Path.Combine(_small.Data, "rows.jsonl")), file.GetProperty("sha256").GetString());
        Assert.Equal(Hash(_small.In("run", "recipe.yaml")), start.GetProperty("recipe").GetProperty("sha256").GetString());
        Assert.StartsWith("2:", start.GetProperty("data_fingerprint").GetString());
        Assert.NotEqual("", start.GetProperty("model_fingerprint").GetString());
        Assert.Equal(("finished", 2), (end.GetProperty("end").GetString(), end.GetProperty("steps").GetInt32()));
        var result = end.GetProperty("result");
        Assert.Equal(Hash(result.GetProperty("path").GetString()!), result.GetProperty("sha256").GetString());
        Assert.Equal(ExitCode.Success, Litre("audit", "verify").ExitCode);
    }

    private static string Hash(string path) => Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(path)));
}
