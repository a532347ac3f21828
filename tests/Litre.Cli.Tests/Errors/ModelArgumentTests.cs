using Litre.Cli.Errors;
using Litre.Core;

namespace Litre.Cli.Tests.Errors;

public sealed class ModelArgumentTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("litre-model-").FullName;

    public ModelArgumentTests()
    {
        Write("config.json", "qwen");
        Write("model.safetensors", "qwen");
        Write("config.json", "outer/inner");
        Write("model.safetensors.index.json", "outer/inner");
        Write("adapter_config.json", "adapter", "{\"base_model_name_or_path\":\"Qwen/Base\"}");
        Write("recipe.yaml", "run", "model: /models/base");
        Write("adapter_config.json", "run/best");
        Write("recipe.yaml", "fullrun");
        Write("config.json", "fullrun/best");
        Write("x.gguf", "quantized", "GGUF");
        Write("model", "renamed", "GGUF....");
        Write("rows.jsonl", "data");
        Write("a.json", "alpaca", "[{}]");
        Write("main", "models--Qwen--X/refs");
        Directory.CreateDirectory(Path.Combine(_folder, "models--Qwen--X", "snapshots"));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("qwen", null, null)]
    [InlineData("qwen", "data", null)]
    [InlineData("qwen", "alpaca", "adapter")]
    [InlineData("models--Qwen--X", "data", null)]
    [InlineData("nowhere", "data", null)]
    [InlineData(null, "data", null)]
    [InlineData(null, null, null)]
    public void Check_WhatIsRightOrTheCommandsOwnMatter_Passes(string? model, string? data, string? adapter) => Check(model, data, adapter);

    [Theory]
    [InlineData("data", "qwen", null, "--model DIR/data and --data DIR/qwen are swapped")]
    [InlineData("data/rows.jsonl", "qwen", null, "are swapped")]
    [InlineData("adapter", null, "qwen", "--model DIR/adapter and --adapter DIR/qwen are swapped")]
    [InlineData(
        "adapter",
        null,
        null,
        "is an adapter, not a model; give it as --adapter DIR/adapter, and give as --model the model that it was trained on (Qwen/Base)"
    )]
    [InlineData(
        "run",
        null,
        null,
        "is the folder of a run, not a model; give it as --adapter DIR/run, and give as --model the model that the run tuned (/models/base)"
    )]
    [InlineData("fullrun", null, null, "is the folder of a run; its tuned model is --model DIR/fullrun/best")]
    [InlineData("quantized", null, null, "GGUF")]
    [InlineData("quantized/x.gguf", null, null, "GGUF")]
    [InlineData("renamed/model", null, null, "GGUF")]
    [InlineData("outer", null, null, "give --model DIR/outer/inner")]
    [InlineData("data", null, null, "contains data, not a model")]
    [InlineData("data/rows.jsonl", null, null, "is a data file")]
    [InlineData("alpaca/a.json", null, null, "is a data file")]
    [InlineData("qwen/model.safetensors", null, null, "give its folder, --model DIR/qwen")]
    [InlineData("qwen/config.json", null, null, "give its folder, --model DIR/qwen")]
    [InlineData("qwne", null, null, "no such folder; did you mean DIR/qwen?")]
    [InlineData("qwen", "outer/inner", null, "is a model (config.json and weights), not data")]
    public void Check_SomethingElse_IsSaidAsWhatItIs(string model, string? data, string? adapter, string expected)
    {
        var refused = Assert.Throws<InputException>(() => Check(model, data, adapter));
        Assert.Contains(expected.Replace("DIR", _folder), refused.Message);
    }

    [Theory]
    [InlineData("Qwen/Qwen3-VL-30B-A3B-Instruct", "litre model get Qwen/Qwen3-VL-30B-A3B-Instruct")]
    [InlineData("Qwen3-VL-4B", "litre model get Qwen3-VL-4B-Instruct")]
    [InlineData("Qwen3-VL-8B-Thinking", "litre model get Qwen3-VL-8B-Thinking")]
    [InlineData("30B", "litre model get Qwen3-VL-30B-A3B-Instruct")]
    [InlineData("unsloth/Qwen3-VL-4B-Instruct", "litre model get unsloth/Qwen3-VL-4B-Instruct")]
    public void Check_NameOfAModel_NamesTheCommandThatGetsIt(string model, string expected)
    {
        Assert.Contains(expected, Assert.Throws<InputException>(() => ModelArgument.Check(model, null, null, allowsNames: false)).Message);
        if (!model.StartsWith("unsloth"))
            ModelArgument.Check(model, null, null, allowsNames: true);
    }

    private void Check(string? model, string? data, string? adapter) =>
        ModelArgument.Check(Full(model), Full(data), Full(adapter), allowsNames: false);

    private string? Full(string? name) => name is null ? null : Path.Combine(_folder, name);

    private void Write(string name, string folder, string text = "{}")
    {
        Directory.CreateDirectory(Path.Combine(_folder, folder));
        File.WriteAllText(Path.Combine(_folder, folder, name), text);
    }
}
