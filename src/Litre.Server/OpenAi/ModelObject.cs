using System.Text.Json.Serialization;

namespace Litre.Server.OpenAi;

/// <summary>A model or an adapter in OpenAI's form, with vLLM's fields.</summary>
/// <param name="Id">The name that requests use.</param>
/// <param name="Created">Seconds since 1970: the start of the server, or when the adapter was loaded.</param>
/// <param name="Root">The name of the base model.</param>
/// <param name="Parent">The base model of an adapter; null for the base model.</param>
/// <param name="MaxModelLen">Maximum number of tokens of prompt and answer.</param>
internal sealed record ModelObject(
    string Id,
    long Created,
    string Root,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.Never)] string? Parent,
    int MaxModelLen
)
{
    [JsonPropertyOrder(-1)]
    public string Object => "model";

    public string OwnedBy => "litre";
}

/// <summary>A list of models.</summary>
internal sealed record ModelList(IReadOnlyList<ModelObject> Data)
{
    [JsonPropertyOrder(-1)]
    public string Object => "list";
}
