using System.Text.Json;
using Litre.Core;
using Litre.Server.Answers;

namespace Litre.Server.OpenAi;

/// <summary>
/// Fields of OpenAI and vLLM that would change the answer and are not supported: an answer that silently ignores them would be wrong.
/// </summary>
internal static class UnsupportedFields
{
    // Each with the value, besides null, false and nothing, that changes nothing.
    private static readonly (string Name, string Neutral, string Remedy)[] Fields =
    [
        ("add_generation_prompt", "true", "leave it out"),
        ("allowed_token_ids", "", "use response_format or structured_outputs"),
        ("audio", "", "ask for text"),
        ("bad_words", "", "leave it out"),
        ("best_of", "1", "use n, and choose"),
        ("chat_template", "", "the checkpoint's own template is used"),
        ("chat_template_kwargs", "", "the checkpoint's own template is used as it is"),
        ("continue_final_message", "", "end with a message of the user"),
        ("documents", "", "write them into a message"),
        ("echo", "", "leave it out"),
        ("function_call", "", "use tool_choice"),
        ("functions", "", "use tools"),
        ("guided_grammar", "", "use a JSON schema or a regular expression"),
        ("ignore_eos", "", "leave it out"),
        ("include_stop_str_in_output", "", "append the stop string"),
        ("length_penalty", "1", "leave it out"),
        ("logit_bias", "", "use response_format or structured_outputs"),
        ("logits_processors", "", "leave it out"),
        ("min_tokens", "0", "leave it out"),
        ("mm_processor_kwargs", "", "images are prepared as the checkpoint says"),
        ("prompt_logprobs", "", "leave it out"),
        ("skip_special_tokens", "true", "leave it out"),
        ("stop_token_ids", "", "use stop"),
        ("truncate_prompt_tokens", "", "shorten the messages"),
        ("use_beam_search", "", "leave it out"),
        ("web_search_options", "", "this server opens no address"),
    ];

    /// <exception cref="InputException">A field asks for something that is not supported.</exception>
    public static void Check(RequestField root)
    {
        foreach (var (name, neutral, remedy) in Fields)
        {
            if (root.Get(name) is { } field && !IsNeutral(field.Value, neutral))
                throw field.Refuse("is not supported", remedy);
        }
        foreach (var modality in root.Get("modalities")?.Items() ?? [])
        {
            if (modality.Text() != "text")
                throw modality.Refuse("is not supported", "ask for text");
        }
    }

    private static bool IsNeutral(JsonElement value, string neutral) =>
        value.ValueKind switch
        {
            JsonValueKind.False => neutral != "true",
            JsonValueKind.Array => value.GetArrayLength() == 0,
            JsonValueKind.Object => value.GetPropertyCount() == 0,
            JsonValueKind.String => value.ValueEquals("") || value.ValueEquals("none"),
            JsonValueKind.Number => neutral.Length > 0
                && value.GetDouble() == double.Parse(neutral, System.Globalization.CultureInfo.InvariantCulture),
            _ => value.GetRawText() == neutral,
        };
}
