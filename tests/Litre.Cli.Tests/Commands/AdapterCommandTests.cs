using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Model.Lora;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class AdapterCommandTests : IDisposable
{
    private readonly SmallCheckpoint _work = new();

    public AdapterCommandTests() => _work.AddRows("rows.jsonl", 12);

    public void Dispose() => _work.Dispose();

    [Fact]
    public void Tune_ThenTagAndAsk_UsesTheRegisteredAdapterByItsName()
    {
        var tuned = Good(_work.TuneArguments("drawings-20261128-101500", "--max-steps", "1", "--eval-limit", "2", "--max-new-tokens", "2"));
        Assert.Contains("Adapter library: drawings@1", tuned.Output);
        Assert.Contains("drawings@1", Good("adapter", "list").Output);
        Assert.Contains(
            "drawings:production is drawings@1; its files are kept in ",
            Good("adapter", "tag", "drawings", "production").Output
        );
        Directory.Move(_work.In("drawings-20261128-101500"), _work.In("moved"));

        string[] ask = ["ask", "--model", _work.Model, "--max-new-tokens", "4", "--device", "cpu", "What?"];
        var byName = Good([.. ask, "--adapter", "drawings:production"]);
        Assert.Equal(Good([.. ask, "--adapter", _work.In("moved")]).Output, byName.Output);
        Assert.StartsWith("drawings:production: drawings@1 of the adapter library, in ", byName.Error);
        Assert.Contains("production", Good("adapter", "show", "drawings:production").Output);

        // A run continues it, and remembers that.
        Good(
            _work.TuneArguments(
                "child",
                "--adapter",
                "drawings:production",
                "--max-steps",
                "1",
                "--eval",
                "none",
                "--adapter-name",
                "deep",
                "--note",
                "x y"
            )
        );
        var shown = Good("adapter", "show", "deep").Output;
        Assert.Contains("x y", shown);
        Assert.Contains("drawings@1 (continued)", shown);
    }

    [Fact]
    public void Tune_LibraryCannotBeWritten_StillSucceeds()
    {
        _work.Write("a file", "state");
        var tuned = LitreProcess.RunWith(
            new() { ["LITRE_STATE"] = _work.In("state") },
            _work.TuneArguments("run", "--max-steps", "1", "--eval", "none")
        );
        Assert.Equal(ExitCode.Success, tuned.ExitCode);
        Assert.Contains("the adapter is not registered in the adapter library: ", tuned.Error);
        Assert.Contains($"litre adapter add {_work.In("run")}", tuned.Error);
    }

    [Fact]
    public void Remove_TaggedAndForced_SaysWhatItDid()
    {
        Good("adapter", "add", _work.Adapter, "--name", "one");
        Good("adapter", "tag", "one", "test");
        var refused = Run("adapter", "remove", "one");
        Assert.Equal((ExitCode.BadInput, ""), (refused.ExitCode, refused.Output));
        Assert.Equal(
            "litre: one@1: has the tag test, so it is kept; remove the tag with `litre adapter untag one:test`, or add --force\n",
            refused.Error
        );
        var removed = Good("adapter", "remove", "one", "--force").Output;
        Assert.Contains("one@1: removed from the library with its tags test\n", removed);
        Assert.Contains($"  kept: {_work.Adapter}\n", removed);
        Assert.Contains("is empty", Good("adapter", "list").Output);
    }

    [Fact]
    public void Diff_WithData_WritesARowForEachQuestion()
    {
        Good("adapter", "add", _work.Adapter, "--name", "one");
        Good("adapter", "add", Repository.Reference("dense", "adapter"), "--name", "two");
        Assert.Contains("weights", Good("adapter", "diff", "one", "two").Output);
        string[] ask = ["--model", _work.Model, "--data", _work.Data, "--split", "all", "--max-new-tokens", "3", "--device", "cpu"];
        var diff = Good(["adapter", "diff", "base", "one", .. ask, "--output", _work.In("diff")]);
        Assert.Contains("one compared with base, by question: ", diff.Output);
        Assert.Equal(12, File.ReadLines(_work.In("diff", "differences.jsonl")).Count());
        using var json = JsonDocument.Parse(
            Good(["adapter", "diff", "one", "two", .. ask, "--limit", "3", "--json", "--output", _work.In("d2")]).Output
        );
        Assert.Equal(3, json.RootElement.GetProperty("samples").GetInt32());
        Assert.Equal("one", json.RootElement.GetProperty("a").GetString());
        var same = Run(["adapter", "diff", "one", "two", .. ask, "--output", _work.In("diff")]);
        Assert.Equal(ExitCode.BadInput, same.ExitCode);
        Assert.Contains("is not empty", same.Error);
    }

    [Fact]
    public void Merge_TwoWeighted_IsRegisteredComparedAndUsable()
    {
        Good("adapter", "add", _work.Adapter, "--name", "one");
        Good("adapter", "add", Repository.Reference("dense", "adapter"), "--name", "two");
        string[] merge = ["adapter", "merge", "one=0.5", "two=0.25", "--model", _work.Model, "--name", "both"];
        var refused = Run(merge);
        Assert.Equal(ExitCode.BadInput, refused.ExitCode);
        Assert.Contains("one@1: has no fingerprint of its base model", refused.Error);
        var merged = Good([.. merge, "--other-base", "--output", _work.In("both")]);
        Assert.Contains("both@1", merged.Output);
        Assert.Matches(@"numbers equal in float32 +│ ([\d,]+) of \1 ", merged.Output);
        Assert.True(File.Exists(_work.In("both", AdapterFiles.WeightsName)));
        using var json = JsonDocument.Parse(
            Good([
                .. merge,
                "--other-base",
                "--method",
                "svd",
                "--rank",
                "2",
                "--json",
                "--data",
                _work.Data,
                "--split",
                "all",
                "--limit",
                "2",
                "--max-new-tokens",
                "2",
                "--device",
                "cpu",
            ]).Output
        );
        Assert.Equal("both@2", json.RootElement.GetProperty("adapter").GetString());
        Assert.Equal(
            json.RootElement.GetProperty("predicted_error").GetDouble(),
            json.RootElement.GetProperty("relative_error").GetDouble(),
            1e-5
        );
        Assert.Equal(
            ["base", "one", "two"],
            json.RootElement.GetProperty("comparisons").EnumerateArray().Select(c => c.GetProperty("with").GetString())
        );
        Good("ask", "--model", _work.Model, "--adapter", "both@2", "--max-new-tokens", "2", "--device", "cpu", "What?");
    }

    [Theory]
    [InlineData("two=x", "x is not a number")]
    [InlineData("two=0", "expected a number other than 0")]
    [InlineData("one@1", "is named twice")]
    [InlineData("ones", "did you mean one?")]
    public void Merge_WrongPart_IsRefusedInOneLine(string part, string expected)
    {
        Good("adapter", "add", _work.Adapter, "--name", "one");
        Good("adapter", "add", Repository.Reference("dense", "adapter"), "--name", "two");
        var litre = Run("adapter", "merge", "one", part, "--model", _work.Model, "--name", "both", "--other-base");
        Assert.Equal((ExitCode.BadInput, ""), (litre.ExitCode, litre.Output));
        Assert.Contains(expected, litre.Error);
        Assert.Single(litre.Error.Split('\n'), line => line.StartsWith("litre: ", StringComparison.Ordinal));
    }

    private LitreProcess Good(params string[] arguments)
    {
        var litre = Run(arguments);
        Assert.True(litre.ExitCode == ExitCode.Success, litre.Error);
        return litre;
    }

    private LitreProcess Run(params string[] arguments) => LitreProcess.RunWith(new() { ["LITRE_STATE"] = _work.In("state") }, arguments);
}
