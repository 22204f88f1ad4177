import { ValidateBy } from 'class-validator';

/** A quantity as text or number, such as the examples; what it may say is checked by `parseCpu` and `parseMemory`. */
export function IsQuantity(examples: string): PropertyDecorator {
  return ValidateBy({
    name: 'isQuantity',
    validator: {
      validate: (value: unknown) => typeof value === 'string' || (typeof value === 'number' && value > 0),
      defaultMessage: (context) => `${context?.property ?? 'quantity'} must be a quantity like ${examples}`,
    },
  });
}
