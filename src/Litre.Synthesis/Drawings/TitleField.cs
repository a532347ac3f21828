namespace Litre.Synthesis.Drawings;

/// <summary>Fields of a title block.</summary>
internal enum TitleField
{
    Title,
    Number,
    Scale,
    Date,
}
