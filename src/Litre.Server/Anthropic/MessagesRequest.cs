using System.Text.Json;
using Litre.Core;
using Litre.Data.Samples;
using Litre.Inference.Constraints;
using Litre.Inference.Sampling;
using Litre.Server.Answers;

namespace Litre.Server.Anthropic;

/// <summary>The body of a request to <c>/v1/messages</c>.</summary>
internal sealed record MessagesRequest
{
    /// <summary>The model or adapter.</summary>
    public required string Model { get; init; }

    public required Sample Sample { get; init; }

    public required GenerationSettings Settings { get; init; }

    public required AnswerReading Reading { get; init; }

    public required bool Streams { get; init; }

    /// <summary>Whether the answer shows thoughts; otherwise they are left out.</summary>
    public required bool ShowsThoughts { get; init; }

    /// <summary>Reads a request. Fields without effect on the answer are ignored.</summary>
    /// <param name="body">The body.</param>
    /// <param name="defaults">Settings that the request leaves open.</param>
    /// <param name="maximumImages">The number of images that a request may show.</param>
    /// <param name="counts">Whether the tokens are counted, which needs no <c>max_tokens</c>.</param>
    /// <exception cref="InputException">A field is missing, malformed, or not supported.</exception>
    public static MessagesRequest Parse(JsonElement body, GenerationSettings defaults, int maximumImages, bool counts = false)
    {
        var root = new RequestField(body, "");
        var model = root.Require("model").Text();
        var maximum = counts ? defaults.MaxNewTokens : root.Require("max_tokens").Integer();
        if (maximum < 1)
            throw new InputException("max_tokens", maximum, "expected 1 or more", null);
        var choice = ToolFields.Choice(root, out var isSingle);
        var tools = choice.Kind == ToolChoiceKind.None ? [] : ToolFields.Tools(root);
        var format = choice.Kind == ToolChoiceKind.Required ? ForcedCall.Format(tools, choice) : Format(root);
        var settings = defaults with
        {
            MaxNewTokens = maximum,
            Temperature = root.Get("temperature")?.Number() ?? defaults.Temperature,
            TopP = root.Get("top_p")?.Number() ?? defaults.TopP,
            TopK = root.Get("top_k")?.Integer() ?? defaults.TopK,
            StopStrings = root.Get("stop_sequences")?.Items().Select(s => s.Text()).ToList() ?? [],
            Seed = Random.Shared.Next(),
            Format = format,
        };
        return new MessagesRequest
        {
            Model = model,
            Sample = MessageFields.Read(root, tools, maximumImages),
            Settings = settings,
            Reading =
                choice.Kind == ToolChoiceKind.Required ? AnswerReading.ForcedCall
                : format is not null ? AnswerReading.Constrained
                : tools.Count == 0 ? AnswerReading.Text
                : isSingle ? AnswerReading.SingleCall
                : AnswerReading.Calls,
            Streams = root.Get("stream")?.Truth() ?? false,
            ShowsThoughts = root.Get("thinking")?.Require("type").Text() is "enabled" or "adaptive",
        };
    }

    private static AnswerFormat? Format(RequestField root)
    {
        if ((root.Get("output_config")?.Get("format") ?? root.Get("output_format")) is not { } format)
            return null;
        var type = format.Require("type");
        if (type.Text() != "json_schema")
            throw type.Refuse($"'{type.Text()}' is not a supported format", "use json_schema");
        return AnswerFormat.JsonSchema(format.Require("schema").Value.GetRawText());
    }
}
