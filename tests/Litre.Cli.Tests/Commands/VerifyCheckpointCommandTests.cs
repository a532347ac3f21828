using System.Text.Json;
using Litre.Cli.Errors;
using Litre.Model.Files;
using Shared;

namespace Litre.Cli.Tests.Commands;

public sealed class VerifyCheckpointCommandTests
{
    [Theory]
    [InlineData("direct")]
    [InlineData("dropping")]
    [InlineData("plain")]
    public void VerifyCheckpoint_GoodFolder_TellsWhatWasLoaded(string reads)
    {
        using var work = new SmallCheckpoint();
        var shown = LitreProcess.Run("verify", "checkpoint", work.Model, "--device", "cpu", "--reads", reads);
        Assert.Equal((ExitCode.Success, ""), (shown.ExitCode, shown.Error));
        Assert.Matches($@"^{work.Model}: \d+ tensors, as its configuration requires; loaded 0\.\d\d GiB in \d+\.\d s, ", shown.Output);

        var json = JsonDocument
            .Parse(LitreProcess.Run("verify", "checkpoint", work.Model, "--device", "cpu", "--reads", reads, "--json").Output)
            .RootElement;
        using var checkpoint = Checkpoint.Open(work.Model);
        Assert.Equal(checkpoint.Bytes, json.GetProperty("bytes").GetInt64());
        Assert.Equal(checkpoint.Tensors.Count, json.GetProperty("tensors").GetInt32());
    }

    [Fact]
    public void VerifyCheckpoint_DamagedShard_OneLineAndExitCodeTwo()
    {
        using var work = new SmallCheckpoint();
        var file = Path.Combine(work.Model, Checkpoint.SingleName);
        File.WriteAllText(Path.Combine(work.Model, "SHA256SUMS"), $"{new string('a', 64)}  {Checkpoint.SingleName}\n");
        var litre = LitreProcess.Run("verify", "checkpoint", work.Model, "--device", "cpu");
        Assert.Equal(ExitCode.BadInput, litre.ExitCode);
        Assert.Matches(
            $"^litre: {file}: its SHA-256 is [0-9a-f]{{64}}, but [^\n]+SHA256SUMS lists a{{64}}; [^\n]+download it again\n$",
            litre.Error
        );
    }
}
