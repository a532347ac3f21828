namespace Litre.Data.Chat;

/// <summary>Calls as JSON between tags, the form of <see cref="ToolCall.ToString"/>.</summary>
public sealed class JsonToolCalls : IToolCallFormat
{
    public static JsonToolCalls Instance { get; } = new();

    private JsonToolCalls() { }

    /// <inheritdoc/>
    public string Open => ToolCall.Open;

    /// <inheritdoc/>
    public string Close => ToolCall.Close;

    /// <inheritdoc/>
    public IToolCallReader CreateReader() => new JsonCallReader();
}
