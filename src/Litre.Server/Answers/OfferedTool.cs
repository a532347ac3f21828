using System.Text.Json;

namespace Litre.Server.Answers;

/// <summary>A function that a request offers to the model.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Definition">Its definition as the chat template writes it.</param>
/// <param name="Parameters">The JSON schema of its arguments; null for any object.</param>
public sealed record OfferedTool(string Name, string Definition, JsonElement? Parameters);
