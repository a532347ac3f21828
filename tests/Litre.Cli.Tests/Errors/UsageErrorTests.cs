using Litre.Cli.Errors;

namespace Litre.Cli.Tests.Errors;

public sealed class UsageErrorTests
{
    [Theory]
    [InlineData("export --model m --adapter a --output o --to gguf", "--to gguf: expected peft or merged")]
    [InlineData("data check d --max-tokens x", "--max-tokens x: expected a whole number up to 2147483647")]
    [InlineData("ask --model m --max-new-tokens 99999999999 q", "--max-new-tokens 99999999999: expected a whole number up to")]
    [InlineData("ask --model m --temperature warm q", "--temperature warm: expected a number")]
    [InlineData("data make drawings --output o --seed -1", "--seed -1: expected a whole number")]
    [InlineData("tune --lr 1", "`litre tune` has no option '--lr'; did you mean --learning-rate?")]
    [InlineData("tune -lr 1", "did you mean --learning-rate?")]
    [InlineData("tune --lr=1", "'--lr'; did you mean --learning-rate?")]
    [InlineData("tune --batch-size 1", "did you mean --micro-batch-tokens?")]
    [InlineData("tune --learning_rate 1", "did you mean --learning-rate?")]
    [InlineData("tune --num_train_epochs 1", "did you mean --epochs?")]
    [InlineData("tune --lora_r 1", "did you mean --lora-rank?")]
    [InlineData("tune --output_dir 1", "did you mean --output?")]
    [InlineData("tune --model_name_or_path 1", "did you mean --model?")]
    [InlineData("tune --dataset 1", "did you mean --data?")]
    [InlineData("tune --cutoff_len 1", "did you mean --max-tokens?")]
    [InlineData("tune --per_device_train_batch_size 1", "did you mean --micro-batch-tokens?")]
    [InlineData("tune --learnign-rate 1", "did you mean --learning-rate?")]
    [InlineData("ask --max_tokens 1 --model m q", "did you mean --max-new-tokens?")]
    [InlineData("ask --model m --temprature 0.5", "did you mean --temperature?")]
    [InlineData("ask --model m --question q", "give QUESTION without an option name")]
    [InlineData("tune --qqq", "`litre tune` has no option '--qqq'")]
    [InlineData("tune --output --model m", "--output needs a value, but is followed by the option '--model'")]
    [InlineData("train", "`litre` has no command 'train'; did you mean `litre tune`?")]
    [InlineData("finetune --data x", "did you mean `litre tune`?")]
    [InlineData("infer", "did you mean `litre ask`?")]
    [InlineData("generate", "did you mean `litre ask`?")]
    [InlineData("predict", "did you mean `litre ask`?")]
    [InlineData("evaluate", "did you mean `litre eval`?")]
    [InlineData("merge", "did you mean `litre export --to merged`?")]
    [InlineData("convert", "did you mean `litre export`?")]
    [InlineData("check x", "did you mean `litre data check`?")]
    [InlineData("tnue", "did you mean `litre tune`?")]
    [InlineData("data chek x", "`litre data` has no command 'chek'; did you mean `litre data check`?")]
    [InlineData("help", "did you mean `litre --help`?")]
    public void Find_MistypedOrForeign_SaysWhatWasMeant(string line, string expected) =>
        Assert.Contains(expected, UsageError.Find(CommandLine.Root().Parse(line.Split(' '))));

    [Theory]
    [InlineData("tune --model m --data d --learning-rate 1e-4")]
    [InlineData("tune --help")]
    [InlineData("ask --model m -- --what-is-this?")]
    [InlineData("--version")]
    [InlineData("data check d")]
    public void Find_RightLine_HasNothingToSay(string line) => Assert.Null(UsageError.Find(CommandLine.Root().Parse(line.Split(' '))));

    [Fact]
    public void Find_TextsThatBeginWithADash_ArePassedOn()
    {
        Assert.Null(UsageError.Find(CommandLine.Root().Parse(["ask", "--model", "m", "- what is this?"])));
        Assert.Null(
            UsageError.Find(CommandLine.Root().Parse(["batch", "--model", "m", "--images", "i", "--output", "o", "--prompt", "--what?"]))
        );
        Assert.Null(UsageError.Find(CommandLine.Root().Parse(["ask", "--model", "m", "--temperature", "-1", "q"])));
    }

    [Fact]
    public void HomePaths_OnlyPathsOfOptions_AreExpanded()
    {
        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        Assert.Equal(
            ["tune", $"--data={home}/d", "--model", $"{home}/m", "--output", "a~b", "--prompt", "~/ is what?", "~/x"],
            HomePaths.Expand(["tune", "--data=~/d", "--model", "~/m", "--output", "a~b", "--prompt", "~/ is what?", "~/x"])
        );
    }
}
