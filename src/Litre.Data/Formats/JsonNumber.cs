namespace Litre.Data.Formats;

/// <summary>A JSON number whose spelling a double does not keep, such as 1.50, 1.0 or a long id; as a text it stays as written.</summary>
internal sealed record JsonNumber(string Written)
{
    public override string ToString() => Written;
}
