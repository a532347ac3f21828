using System.Text.Json.Nodes;
using Litre.Cli.Errors;
using Shared;

namespace Litre.Cli.Tests.Commands;

/// <summary>A model's folder with files of another model is refused by every command that loads it.</summary>
public sealed class FolderConsistencyTests : IDisposable
{
    private readonly SmallCheckpoint _small = new();

    public FolderConsistencyTests()
    {
        _small.AddRows("rows.jsonl", 4);
        var file = Path.Combine(_small.Model, "config.json");
        var config = JsonNode.Parse(File.ReadAllText(file))!;
        config["image_token_id"] = (int)config["image_token_id"]! - 1;
        File.WriteAllText(file, config.ToJsonString());
    }

    public void Dispose() => _small.Dispose();

    [Theory]
    [InlineData("ask --image PICTURE What?")]
    [InlineData("chat")]
    [InlineData("eval --data DATA")]
    [InlineData("batch --images DATA --prompt What? --output OUT.jsonl")]
    [InlineData("plan --data DATA")]
    [InlineData("tune --data DATA --output OUT")]
    public void Command_FolderOfTwoModels_IsRefused(string command)
    {
        var words = command
            .Split(' ')
            .Select(w => w.Replace("PICTURE", _small.Image).Replace("DATA", _small.Data).Replace("OUT", _small.In("out")))
            .ToList();
        var litre = LitreProcess.Run([words[0], "--model", _small.Model, .. words[1..]]);
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches(
            @"config\.json specifies image_token_id \d+, but the tokenizer's <\|image_pad\|> is \d+; the files belong to "
                + "different models",
            litre.Error
        );
        Assert.False(Path.Exists(_small.In("out")) || Path.Exists(_small.In("out.jsonl")));
    }
}
