namespace Litre.Server.Anthropic;

/// <summary>One event of a stream.</summary>
/// <param name="Name">Its type.</param>
/// <param name="Json">Its data.</param>
internal readonly record struct ServerEvent(string Name, string Json)
{
    public override string ToString() => $"event: {Name}\ndata: {Json}\n\n";
}
